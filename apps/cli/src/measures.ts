import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Cut, Trace } from "@prune/graph";
import { type Model, modelToBytes, type OnnxBackend } from "@prune/onnx";
import type { BudgetOptions } from "@prune/pruner";
import { createSession, findFeeds, measure } from "@prune/runtime-ort";

/** Seconds that a candidate is timed. */
const seconds = 0.5;

/** How budgets of gzipped bytes and of milliseconds are measured: on the bytes that would be written. */
export function measures(
  model: Model,
  backend: OnnxBackend,
): Required<NonNullable<BudgetOptions["measure"]>> {
  const bytes = (cut: Cut, trace: Trace): Uint8Array => modelToBytes(model, backend.edit(model, trace, cut));
  return {
    gzip: async (cut, trace) => (await promisify(gzip)(bytes(cut, trace))).length,
    async latency(cut, trace) {
      const session = await createSession(bytes(cut, trace));
      try {
        const [latency] = await measure([session], await findFeeds(session), { seconds });
        return latency?.median ?? Number.NaN;
      } finally {
        await session.release();
      }
    },
  };
}
