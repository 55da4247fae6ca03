import type { Stopwatch } from "@prune/recovery";
import type { Tensor } from "onnxruntime-node";
import { type Outputs, runTensors } from "../run.js";
import { loadRuntime } from "../runtime.js";
import { createSession, type Session, type SessionOptions } from "../session.js";
import type { ValuesByName } from "../values.js";

/** Runs sessions and keeps the time. */
export interface Runner {
  open(model: Uint8Array): Promise<Session>;
  run(session: Session, tensors: ValuesByName): Promise<Outputs>;
  tensors(feeds: ValuesByName): Promise<Outputs>;
}

export const runnerOf = (options: SessionOptions, stopwatch: Stopwatch): Runner => ({
  open: (model) => stopwatch.during("runtime", () => createSession(model, options)),
  async run(session, feeds) {
    const tensors = await asTensors(feeds);
    return stopwatch.during("runtime", () => runTensors(session, tensors));
  },
  tensors: asTensors,
});

async function asTensors(feeds: ValuesByName): Promise<Outputs> {
  const { Tensor: Make } = await loadRuntime();
  const tensors: Record<string, Tensor> = {};
  for (const [name, values] of Object.entries(feeds))
    tensors[name] =
      values instanceof Make ? values : new Make(values.type, values.data as Float32Array, [...values.dims]);
  return tensors;
}
