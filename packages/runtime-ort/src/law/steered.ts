import type { Model } from "@prune/onnx";
import { type Anchors, anchored, observed } from "@prune/onnx/advanced";
import { type Comparison, compareAll } from "../compare.js";
import { RuntimeError } from "../error.js";
import { nudge } from "../nudge.js";
import type { Outputs } from "../run.js";
import { onnxTypeOf, type Values } from "../values.js";
import { anchorError } from "./anchor-error.js";
import { onAll } from "./budget.js";
import { type LivingOf, leftOf, livingOf } from "./left.js";
import { type Edited, lent, type Opened, outputsOf, type Running } from "./models.js";
import { isExcused } from "./tolerance.js";
import { type Turn, turnsLeft } from "./turns.js";

/** A cut against its mask, where both decide the same. */
export interface Steered {
  /** The worst of the outputs and of the tensors that were given, one that its own noise doesn't excuse if there is one. */
  readonly error: number;
  /** How far that tensor of the masked model is from itself in the same comparison; looked for as the law's `noise` is. */
  readonly noise: number | undefined;
  readonly outputs: Comparison["outputs"];
  /**
   * The masked model's outputs, and the cut model's where it was given what the masked one made; of the first inputs alone
   * where there was no time for more.
   */
  readonly expected: readonly Outputs[];
  readonly actual: readonly Outputs[];
  /** Tensors that were given. */
  readonly anchors: number;
}

type Lent = <T>(use: (model: Model) => Promise<T>) => Promise<T>;

interface Sides {
  readonly masked: Lent;
  readonly cut: Lent;
  readonly living: LivingOf;
  /** What the masked model made on the first of the turns. */
  readonly observed: Observed;
}

/** A model's outputs, with what it made at the anchors beside them; undefined where the runtime doesn't give those. */
export interface Observed {
  readonly outputs: readonly Outputs[];
  readonly made: readonly Outputs[] | undefined;
}

/** Runs a model once for its outputs and for what it makes at the anchors. */
export async function observedRun(
  { source, model }: Opened,
  anchors: Anchors,
  turns: readonly Turn[],
  by: Running,
): Promise<Observed> {
  const names = namesOf(anchors);
  const plainly = async (): Promise<Observed> => ({
    outputs: await outputsOf(source, turns, by),
    made: undefined,
  });
  if (names.length === 0) return plainly();
  try {
    const made = await runEdited(model, observed(model, names), turns, by);
    const outputNames = model.graph.outputs.map(({ name }) => name);
    return { outputs: made.map((outputs) => only(outputs, outputNames)), made };
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code === "law-late") throw error;
    return plainly();
  }
}

const namesOf = ({ random, tensors }: Anchors): string[] => [...new Set([...random, ...tensors])];

/**
 * Compares a cut with its mask stretch by stretch: what the masked model makes at the anchors is given to the cut model
 * too, so that both take the same decisions, and what the cut model makes there itself is compared with it. If every
 * stretch and every output agrees on the same inputs, so do the models, up to how they decide on rounding. undefined
 * where a model draws random numbers of a shape that can't be handed over.
 */
export async function steer(
  { masked, cut, living, observed: { outputs: all, made: allMade } }: Sides,
  anchors: Anchors,
  allTurns: readonly Turn[],
  { noiseAbove, ...by }: Running & { readonly noiseAbove: number },
): Promise<Steered | undefined> {
  if (!allMade) return undefined;
  const names = namesOf(anchors);
  const given = new Map<string, readonly Values[]>();
  for (const name of names) {
    const values = allMade.map((outputs) => livingOf(outputs[name], living, name));
    if (values.every((value) => value !== undefined)) given.set(name, values as readonly Values[]);
    else if (anchors.random.includes(name)) return undefined;
  }
  const found = await cut((model) => runGiven(model, given, turnsLeft(allTurns, living), by));
  const count = found.outputs.length;
  const [turns, expected, made] = [allTurns.slice(0, count), all.slice(0, count), allMade.slice(0, count)];
  const expectedLeft = expected.map((outputs) => leftOf(outputs, living) as Outputs);
  if (anchors.random.some((name) => !found.made.has(name))) return undefined;
  const errors = errorsOf(found, expectedLeft, given, anchors);
  const worst = (): readonly [string, number] =>
    [...errors].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0] as const);
  const steered = {
    outputs: compareAll(found.outputs, expectedLeft).outputs,
    expected: expectedLeft,
    actual: found.outputs,
    anchors: found.made.size,
  };
  if (worst()[1] <= noiseAbove) return { ...steered, error: worst()[1], noise: undefined };
  const whole = new Map(names.map((name) => [name, made.map((outputs) => outputs[name] as Values)]));
  const noises = await masked((model) => noiseOf(model, whole, { turns, expected, anchors, by }));
  const excused = worst();
  for (const [name, error] of errors) if (isExcused(error, noises.get(name))) errors.set(name, 0);
  const [name, error] = worst()[1] > noiseAbove ? worst() : excused;
  return { ...steered, error, noise: noises.get(name) ?? 0 };
}

interface Noisy {
  readonly turns: readonly Turn[];
  readonly expected: readonly Outputs[];
  readonly anchors: Anchors;
  readonly by: Running;
}

/** What each tensor is from itself when the runtime rewrites the model, or when the last bit of all that it is given changes. */
async function noiseOf(
  masked: Model,
  whole: ReadonlyMap<string, readonly Values[]>,
  { turns, expected, anchors, by }: Noisy,
): Promise<Map<string, number>> {
  const nudged = new Map([...whole].map(([name, values]) => [name, values.map(nudgedValues)]));
  const most = new Map<string, number>();
  const same: Running = { ...by, budget: onAll(by.budget) };
  for (const [values, inputs, way] of [
    [whole, turns, { ...same, optimise: by.optimise === "all" ? "disabled" : "all" }],
    [nudged, nudgedTurns(turns), same],
  ] as const)
    for (const [name, error] of errorsOf(
      await runGiven(masked, values, inputs, way),
      expected,
      whole,
      anchors,
    ))
      most.set(name, Math.max(most.get(name) ?? 0, error));
  // On equal inputs, what computes one cell from few cells gives equal outputs: that noise excuses nothing.
  for (const name of anchors.settled) most.delete(name);
  return most;
}

/** By output, and by tensor that was given. */
function errorsOf(
  { outputs, made }: Given,
  expected: readonly Outputs[],
  given: ReadonlyMap<string, readonly Values[]>,
  { random }: Anchors,
): Map<string, number> {
  const errors = new Map(compareAll(outputs, expected).outputs.map(({ name, relative }) => [name, relative]));
  for (const [name, values] of made)
    if (!random.includes(name))
      errors.set(
        name,
        Math.max(errors.get(name) ?? 0, anchorError(values, given.get(name)?.slice(0, outputs.length) ?? [])),
      );
  return errors;
}

export const nudgedTurns = (turns: readonly Turn[]): Turn[] =>
  turns.map(({ feeds, carried }) => ({ feeds: nudge(feeds), carried }));

const nudgedValues = (values: Values): Values => nudge({ values }).values as Values;

const only = (outputs: Outputs, names: readonly string[]): Outputs =>
  Object.fromEntries(names.flatMap((name) => (outputs[name] ? [[name, outputs[name]]] : [])));

const runEdited = (
  model: Model,
  edit: Edited["edit"],
  turns: readonly Turn[],
  by: Running,
): Promise<Outputs[]> => lent({ model, edit }, (subject) => outputsOf(subject, turns, by), by);

interface Given {
  readonly outputs: readonly Outputs[];
  /** What the model made of the tensors that it was given, by name. */
  readonly made: ReadonlyMap<string, readonly Values[]>;
}

async function runGiven(
  model: Model,
  given: ReadonlyMap<string, readonly Values[]>,
  turns: readonly Turn[],
  by: Running,
): Promise<Given> {
  const tensors = [...given].map(([name, [value]]) => ({
    name,
    elementType: onnxTypeOf((value as Values).type),
  }));
  const { edit, anchors } = anchored(model, tensors);
  const fed = turns.map(({ feeds, carried }, i) => ({
    carried,
    feeds: {
      ...feeds,
      ...Object.fromEntries([...anchors].map(([name, at]) => [at.given, given.get(name)?.[i] as Values])),
    },
  }));
  const names = model.graph.outputs.map(({ name }) => name);
  const outputs = await runEdited(model, edit, fed, by);
  const made = new Map(
    [...anchors].map(([name, at]) => [name, outputs.map((values) => values[at.made] as Values)]),
  );
  return { outputs: outputs.map((values) => only(values, names)), made };
}
