import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Cut, Trace } from "@prune/graph";
import { keptBy } from "@prune/graph/advanced";
import { magnitude } from "@prune/importance-magnitude";
import { type Model, onnx, readModel } from "@prune/onnx";
import {
  activationProbe,
  collectStatistics,
  mergeChannels,
  reconstructionLosses,
  recoverModel,
  reestimateNorms,
} from "@prune/onnx-recovery";
import { compensateMeans } from "@prune/onnx-recovery/advanced";
import { chooser, prune } from "@prune/pruner";
import { inputsOf, randomFeeds, type ValuesByName } from "@prune/runtime-ort";
import { recoveryOnNoise } from "../../packages/tfjs/examples/recover-on-noise.js";
import { type Outcome, refusal, text } from "./outcome.js";

/** Made-up samples: enough to be held out and judged by, few enough to replay while one works. */
const [batches, batch] = [5, 8];

const prunings = { half: { ratio: 0.5 }, heads: { heads: 0.5, ratio: 0.3 } } as const;

/** What recovery on made-up samples makes of a model: refitted weights, reports and statistics, each as a hash. */
export async function recoveredOf(path: string): Promise<Outcome> {
  const found: Record<string, string> = {};
  const fact = async (name: string, make: () => unknown): Promise<void> => {
    found[name] = await text(async () => plain(await make()));
  };
  try {
    if (path.endsWith(".onnx")) await onnxFacts(readModel(readFileSync(path)), fact);
    else await tfjsFacts(path, fact);
  } catch (error) {
    found.all = refusal(error);
  }
  return found;
}

type Fact = (name: string, make: () => unknown) => Promise<void>;

async function onnxFacts(original: Model, fact: Fact): Promise<void> {
  const backend = onnx();
  const trace = backend.trace(original);
  const samples = Array.from({ length: batches }, (_, b) => feedsOf(original, b));
  const statistics = await collectStatistics(original, samples);
  await fact("statistics", () =>
    [...statistics].map(([layer, { moments, channels }]) => [layer, moments, channels]),
  );
  await fact("readers", () => {
    const probe = activationProbe(backend.probe(original, trace), statistics);
    return trace.families.map((family) =>
      probe.activations(family).map(({ layer, columns, covariance }) => [layer, columns, covariance]),
    );
  });
  await fact("chosen", async () =>
    (
      await chooser(
        backend,
        original,
        trace,
        await reconstructionLosses(backend, original, trace, samples, { probes: 16 }),
      )
    ).plan(0.6),
  );
  for (const [mode, options] of Object.entries(prunings)) {
    const { cut, model: smaller } = await cutBy(original, backend, trace, options);
    const pruned = { original, smaller, cut };
    const bytes = async ({ model, report }: { model: Model; report?: unknown; norms?: unknown }) => [
      await backend.hash(model),
      report,
    ];
    await fact(`${mode} refit`, async () => bytes(await recoverModel(pruned, samples, { moments: true })));
    await fact(`${mode} by channel`, async () =>
      bytes(await recoverModel(pruned, samples, { maxInputs: 64, rows: 512 })),
    );
    await fact(`${mode} held 0`, async () =>
      bytes(await recoverModel(pruned, samples, { held: 0, rounds: 1 })),
    );
    await fact(`${mode} norms`, async () => bytes(await reestimateNorms(pruned, samples)));
    await fact(`${mode} merged`, async () => backend.hash(mergeChannels(pruned).model));
    await fact(`${mode} compensated`, async () =>
      backend.hash(compensateMeans(original, smaller, keptBy(cut))),
    );
  }
}

/** Inputs of one batch. */
function feedsOf(model: Model, b: number): ValuesByName {
  return randomFeeds(inputsOf(model.graph), {
    seed: b + 1,
    sizes: { batch },
    floats: "normal",
    graph: model.graph,
  });
}

async function tfjsFacts(path: string, fact: Fact): Promise<void> {
  const { recover, close } = await recoveryOnNoise(path, { batches, batch, prune: prunings.half });
  await fact("half refit", () => recover({ moments: true }));
  await fact("half by channel", () => recover({ maxInputs: 64, rows: 512 }));
  await fact("half held 0", () => recover({ held: 0, rounds: 1 }));
  close();
}

async function cutBy<M>(
  model: M,
  backend: Parameters<typeof prune<M>>[1]["backend"],
  trace: Trace,
  options: { readonly ratio: number; readonly heads?: number },
): Promise<{ readonly cut: Cut; readonly model: M }> {
  const pruned = await prune(model, { backend, importance: magnitude(), trace, ...options });
  return { cut: trace.cut(pruned.plan), model: pruned.model };
}

/** All but what differs from run to run. */
const plain = (value: unknown): string =>
  createHash("sha256")
    .update(
      JSON.stringify(value, (key, part: unknown) =>
        key === "seconds" ? undefined : ArrayBuffer.isView(part) ? Array.from(part as Float64Array) : part,
      ) ?? "undefined",
    )
    .digest("hex");
