import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Backend, Trace } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { lossless, onnx, readModel, writeModel } from "@prune/onnx";
import { prune } from "@prune/pruner";
import { tfjs } from "@prune/tfjs";
import { openTfjsModel } from "@prune/tfjs/node";
import { useBackend } from "../../packages/tfjs/test/use-backend.js";
import { madeUpBytes } from "./made-up-bytes.js";

/** What of a model a change of no behaviour leaves as it is, each as a hash, by name. */
export type Outcome = Readonly<Record<string, string>>;

/** Prunings that everything is compared after. */
const modes = {
  channels: { ratio: 0.5 },
  heads: { heads: 0.5 },
  ragged: { ratio: 0.3, ragged: true },
} as const;

/** Larger graphs are not looked through for what can leave losslessly: that reads all weights. */
const mostBytes = 30e6;

export async function outcomeOf(path: string): Promise<Outcome> {
  try {
    return await outcomeOfFile(path);
  } catch (error) {
    return { all: refusal(error) };
  }
}

async function outcomeOfFile(path: string): Promise<Outcome> {
  if (path.endsWith(".onnx")) return onnxOutcome(path);
  await useBackend("cpu");
  return outcome(await openTfjsModel(path), tfjs(), undefined);
}

async function onnxOutcome(path: string): Promise<Outcome> {
  const backend = onnx();
  const model = readModel(readFileSync(path), { external: madeUpBytes });
  const found = await outcome(model, backend, (trace, plan) => {
    const hash = createHash("sha256");
    for (const chunk of writeModel(model, backend.mask(model, trace, trace.cut(plan)))) hash.update(chunk);
    return hash.digest("hex").slice(0, 16);
  });
  if (backend.cost(model, backend.trace(model)).bytes > mostBytes) return found;
  return {
    ...found,
    lossless: await text(async () => {
      const { model: smaller, report } = lossless(model, backend);
      return `${await backend.hash(smaller)} ${JSON.stringify(report)}`;
    }),
  };
}

type Plan = Parameters<Trace["cut"]>[0];
type MaskHash = (trace: Trace, plan: Plan) => string;

async function outcome<M>(model: M, backend: Backend<M>, mask: MaskHash | undefined): Promise<Outcome> {
  const trace = backend.trace(model);
  const found: Record<string, string> = {
    groups: await text(() => trace.groups().map(String).join("\n")),
    frozen: await text(() => JSON.stringify(trace.frozen())),
    costs: await text(() => JSON.stringify(backend.costs(model, trace))),
  };
  for (const [mode, options] of Object.entries(modes)) {
    try {
      const pruned = await prune(model, {
        backend,
        importance: magnitude(),
        trace,
        ...options,
      });
      const { plan, recipe, report } = pruned;
      found[`${mode} plan`] = await text(() => JSON.stringify(plan));
      found[`${mode} recipe`] = await text(() => JSON.stringify(recipe));
      found[`${mode} report`] = await text(() => JSON.stringify(report));
      found[`${mode} bytes`] = await text(() => backend.hash(pruned.model));
      found[`${mode} costs`] = await text(() => JSON.stringify(backend.costs(model, trace, trace.cut(plan))));
      if (mask) found[`${mode} mask`] = await text(() => mask(trace, plan));
    } catch (error) {
      found[mode] = refusal(error);
    }
  }
  return found;
}

export async function text(make: () => string | Promise<string>): Promise<string> {
  try {
    return createHash("sha256")
      .update(await make())
      .digest("hex")
      .slice(0, 16);
  } catch (error) {
    return refusal(error);
  }
}

export const refusal = (error: unknown): string =>
  `refused: ${error instanceof Error ? error.message : String(error)}`;
