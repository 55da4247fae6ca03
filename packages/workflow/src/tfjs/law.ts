import type { Cut, SizesByName, Trace } from "@prune/graph";
import { isGraphModel, layersModel, type TfjsBackend, type TfjsModel } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { WorkflowError } from "../errors.js";
import type { LawReport } from "../reports/law-report.js";
import { feedsOf, fillings, type Input, withSizes } from "./feeds.js";
import { decidedBy, mayJump } from "./jumps.js";
import { gap, layersRunner, type Output, type Runner, runnerOf } from "./run.js";
import { type Steered, steered } from "./steered.js";
import { inBestBackend, type TfjsRuntime } from "./tfjs-runtime.js";

const tolerance = 1e-4;
const seeds = 3;

interface Models {
  readonly model: TfjsModel;
  readonly trace: Trace;
  readonly cut: Cut;
  readonly smaller: TfjsModel;
  readonly backend: Pick<TfjsBackend, "mask">;
  /** Sizes of what the model leaves open, by name. */
  readonly sizes: SizesByName;
}

/** Checks `cut = mask` in TensorFlow.js; throws if it is broken or can't be checked. */
export async function verified(models: Models, runtime: TfjsRuntime): Promise<LawReport> {
  const law = await checkLaw(models, runtime);
  if (!law.holds) throw new WorkflowError("law-broken", { error: law.error, tolerance, jumps: law.jumps });
  return law;
}

/** Measures it; throws if no backend can run the models. */
export async function checkLaw(models: Models, runtime: TfjsRuntime): Promise<LawReport> {
  try {
    return await inBestBackend(runtime, () => compared(models, runtime));
  } catch (error) {
    const { message } = error as Error;
    throw new WorkflowError("unverified", { why: message.replace(/\.?$/, ".") }, { cause: error });
  }
}

async function compared(
  { model, trace, cut, smaller, backend, sizes }: Models,
  runtime: TfjsRuntime,
): Promise<LawReport> {
  const original = await runnerOf(model, runtime, trace);
  const { feeds, outputs: plain } = await answered(original, withSizes(original.inputs, trace, sizes));
  const outputsOf = async (runner: Runner): Promise<(readonly Output[])[]> => {
    const order = runner.inputs.map(({ name }, i) => {
      const at = original.inputs.findIndex((input) => input.name === name);
      return at < 0 ? i : at;
    });
    const outputs: (readonly Output[])[] = [];
    for (const values of feeds) outputs.push(await runner.run(order.map((at) => values[at] as tf.Tensor)));
    runner.dispose();
    return outputs;
  };
  const expected = await outputsOf(await maskedRunner({ model, trace, cut, backend }, runtime));
  const found = await outputsOf(await runnerOf(smaller, runtime));
  const itself = { error: worst(found, expected), sameForm: sameShapes(found, expected) };
  const isOff = itself.error > tolerance || !itself.sameForm;
  const decided = isOff
    ? await decidedAlike({ model, trace, cut, smaller, backend }, original.inputs, feeds, runtime)
    : undefined;
  tf.dispose(feeds);
  const { error, sameForm } = decided ?? itself;
  const moved = worst(expected, plain);
  const vacuous =
    moved <= tolerance || expected.flat().every(({ data }) => !Array.from(data).some(Number.isFinite));
  return {
    method: "gated",
    seeds,
    error,
    tolerance,
    ...(decided && { anchors: decided.anchors }),
    ...(isGraphModel(model) && mayJump(trace.source) && { jumps: true }),
    sameForm,
    holds: sameForm && error <= tolerance,
    moved,
    vacuous,
  };
}

/** The same where both models decide the same; undefined where there is nothing that decides, or it can't be taken out. */
async function decidedAlike(
  { model, trace, cut, smaller, backend }: Omit<Models, "sizes">,
  inputs: readonly Input[],
  feeds: readonly (readonly tf.Tensor[])[],
  runtime: TfjsRuntime,
): Promise<Steered | undefined> {
  if (!isGraphModel(model) || !isGraphModel(smaller)) return undefined;
  const steps = decidedBy(trace.source);
  if (steps.flat().length === 0) return undefined;
  const masked = backend.mask(model, trace, cut);
  const names = inputs.map(({ name }) => name);
  return steered({ masked, smaller, trace, cut, steps }, names, feeds, runtime);
}

const maskedRunner = (
  { model, trace, cut, backend }: Omit<Models, "smaller" | "sizes">,
  runtime: TfjsRuntime,
): Promise<Runner> | Runner =>
  isGraphModel(model)
    ? runnerOf(backend.mask(model, trace, cut), runtime)
    : layersRunner(model, layersModel().mask(model, trace, cut));

/** Random feeds of a model, by the first filling of what it leaves open that it runs on, and its answers. */
async function answered(
  runner: Runner,
  inputs: readonly Input[],
): Promise<{ readonly feeds: tf.Tensor[][]; readonly outputs: Outputs }> {
  let failed: unknown;
  try {
    for (const filling of fillings) {
      const feeds = Array.from({ length: seeds }, (_, i) => feedsOf(inputs, i + 1, filling));
      try {
        const outputs: (readonly Output[])[] = [];
        for (const values of feeds) outputs.push(await runner.run(values));
        return { feeds, outputs };
      } catch (error) {
        failed = error;
        tf.dispose(feeds);
      }
    }
  } finally {
    runner.dispose();
  }
  throw failed;
}

type Outputs = readonly (readonly Output[])[];

const sameShapes = (a: Outputs, b: Outputs): boolean =>
  String(a.map((outputs) => outputs.map(({ shape }) => `[${shape}]`))) ===
  String(b.map((outputs) => outputs.map(({ shape }) => `[${shape}]`)));

/** max |a - b| / max |b|, the worst of all outputs and inputs; infinite where other numbers are NaN or infinite. */
const worst = (a: Outputs, b: Outputs): number =>
  b.reduce((most, outputs, i) => outputs.reduce((m, want, k) => Math.max(m, gap(a[i]?.[k], want)), most), 0);
