import type { TrainingStep } from "@prune/autodiff";
import { countName, rateName } from "@prune/autodiff/advanced";
import { type Model, readModel } from "@prune/onnx";
import { tensorFacts } from "@prune/onnx/advanced";
import type { InferenceSession } from "onnxruntime-common";
import { partOf } from "./part-of.js";
import { type Tensors, type TrainingOrt, tensor } from "./runtime.js";

/** So many tensors are looked at in one run. */
const together = 64;

/**
 * The first tensor, in the order of the computation, that holds a number that isn't finite; undefined if there is none.
 * One inside of what an operator was written out as goes by the name of what that operator gives in `student`.
 */
export async function firstBad(
  ort: TrainingOrt,
  student: Model,
  step: TrainingStep,
  feeds: Tensors,
  held: ReadonlyMap<string, Float32Array>,
  options: InferenceSession.SessionOptions,
): Promise<string | undefined> {
  const isBad = (data: unknown): boolean =>
    data instanceof Float32Array && data.some((value) => !Number.isFinite(value));
  for (const [name, { data }] of Object.entries(feeds)) if (isBad(data)) return name;
  for (const [name, data] of held) if (isBad(data)) return name;
  const model = readModel(step.bytes);
  const facts = tensorFacts(model);
  const names = facts.nodes.flatMap(({ outputs }) =>
    outputs.filter((name) => name !== "" && facts.type(name) === "float32"),
  );
  const zeros = new Map([...step.added].map(([parameter, input]) => [input, parameter]));
  const scalar = (value: number): Tensors[string] => tensor(ort, "float32", Float32Array.of(value), []);
  const rates: Tensors = { [rateName]: scalar(0), [countName]: scalar(1) };
  const shapes = new Map(step.carried.map(({ input, shape }) => [input, shape]));
  for (let from = 0; from < names.length; from += together) {
    const outputs = names.slice(from, from + together);
    const session = await ort.InferenceSession.create(partOf(model, outputs), options);
    const fed: Tensors = {};
    for (const name of session.inputNames) {
      const own = held.get(name);
      const shape = shapes.get(zeros.get(name) ?? "");
      const none = shape && tensor(ort, "float32", new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
      const value =
        feeds[name] ??
        rates[name] ??
        none ??
        (own && tensor(ort, "float32", own, shapes.get(name) ?? [own.length]));
      if (value) fed[name] = value;
    }
    const made = (await session.run(fed)) as Tensors;
    await session.release();
    const bad = outputs.find((name) => isBad(made[name]?.data));
    if (bad !== undefined) return ofModel(bad, facts.nodes, student);
  }
  return undefined;
}

/** A tensor of a model, or the nearest of it that is computed from another; that one itself where there is none. */
function ofModel(
  name: string,
  nodes: readonly { readonly inputs: readonly string[]; readonly outputs: readonly string[] }[],
  { graph }: Model,
): string {
  const own = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  if (own.has(name)) return name;
  const reached = new Set([name]);
  // Nodes come in the order of the computation, so that one pass meets the nearest first.
  for (const { inputs, outputs } of nodes) {
    if (!inputs.some((input) => reached.has(input))) continue;
    const found = outputs.find((output) => own.has(output));
    if (found !== undefined) return found;
    for (const output of outputs) reached.add(output);
  }
  return name;
}
