import type { Cut, Trace } from "@prune/graph";
import { graphModel, isGraphModel, layersModel, type TfjsModel } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { CliError } from "../errors.js";
import type { Law } from "../law.js";
import { feedsOf, fillings, type Input } from "./feeds-tfjs.js";
import { decidedBy } from "./jumps-tfjs.js";
import { useBackend } from "./open-tfjs.js";
import { gap, layersRunner, type Output, type Runner, runnerOf } from "./run-tfjs.js";
import { type Steered, steered } from "./steered-tfjs.js";

const tolerance = 1e-4;
const seeds = 3;

interface Models {
  readonly model: TfjsModel;
  readonly trace: Trace;
  readonly cut: Cut;
  readonly smaller: TfjsModel;
}

/** Checks `cut = mask` in TensorFlow.js; throws when it is broken or can't be checked. */
export async function verifyTfjs(models: Models): Promise<Law> {
  const law = await checkLaw(models);
  if (!law.holds) throw new CliError("law-broken", { error: law.error, tolerance });
  return law;
}

/** Measures it in wasm, which is fast, or where that lacks a kernel on the cpu, which has them all. */
export async function checkLaw(models: Models): Promise<Law> {
  try {
    return await compared(models, "wasm");
  } catch {
    return compared(models, "cpu").catch((error: Error) => {
      throw new CliError("unverified", { why: `${error.message.replace(/\.?$/, ".")}` });
    });
  }
}

async function compared({ model, trace, cut, smaller }: Models, backend: "cpu" | "wasm"): Promise<Law> {
  await useBackend(backend);
  const original = await runnerOf(model, trace);
  const { feeds, outputs: plain } = await answered(original);
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
  const expected = await outputsOf(await maskedRunner(model, trace, cut));
  const found = await outputsOf(await runnerOf(smaller));
  const itself = { error: worst(found, expected), sameForm: sameShapes(found, expected) };
  const isOff = itself.error > tolerance || !itself.sameForm;
  const decided = isOff
    ? await decidedAlike({ model, trace, cut, smaller }, original.inputs, feeds)
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
    sameForm,
    holds: sameForm && error <= tolerance,
    moved,
    vacuous,
  };
}

/** The same where both models decide alike; undefined where there is nothing that decides, or it can't be taken out. */
async function decidedAlike(
  { model, trace, cut, smaller }: Models,
  inputs: readonly Input[],
  feeds: readonly (readonly tf.Tensor[])[],
): Promise<Steered | undefined> {
  if (!isGraphModel(model) || !isGraphModel(smaller)) return undefined;
  const steps = decidedBy(trace.source);
  if (steps.flat().length === 0) return undefined;
  const masked = graphModel().mask(model, trace, cut);
  const names = inputs.map(({ name }) => name);
  return steered({ masked, smaller, trace, cut, steps }, names, feeds);
}

const maskedRunner = (model: TfjsModel, trace: Trace, cut: Cut): Promise<Runner> | Runner =>
  isGraphModel(model)
    ? runnerOf(graphModel().mask(model, trace, cut))
    : layersRunner(model, layersModel().mask(model, trace, cut));

/** Random feeds of a model, by the first filling of what it leaves open that it runs on, and its answers. */
async function answered(
  runner: Runner,
): Promise<{ readonly feeds: tf.Tensor[][]; readonly outputs: Outputs }> {
  let failed: unknown;
  try {
    for (const filling of fillings) {
      const feeds = Array.from({ length: seeds }, (_, i) => feedsOf(runner.inputs, i + 1, filling));
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
