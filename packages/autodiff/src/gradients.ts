import type { Model } from "@prune/onnx";
import { constantWeight, segmentModel, type Weight } from "@prune/onnx/advanced";
import { type Derivatives, differentiate } from "./differentiate.js";
import { AutodiffError } from "./errors.js";
import { elementType, isFloat } from "./graph/element-type.js";
import type { Emitted } from "./graph/kit.js";
import { createKit, type GradientKit } from "./graph/kit.js";
import { freePrefix } from "./graph/prefix.js";
import type { Loss, LossInput } from "./loss/loss.js";
import { withLoss } from "./loss/with-loss.js";
import { parametersOf } from "./parameters.js";
import { plain } from "./plain.js";
import { gradientRules } from "./rules/rules.js";
import type { GradientRules } from "./rules/step.js";

/** What a gradient model is made of: the loss, and the parameters that it is differentiated by. */
export interface GradientsOptions {
  /** What is differentiated: a tensor of one element, by name, or one of the losses. */
  readonly loss: string | Loss;
  /**
   * Stored float tensors to differentiate by. Those named here must all have a gradient, else it throws; by default it
   * is all that `parametersOf` gives, and those behind a stop are left out and reported. "all": with the running
   * statistics of batch normalisations.
   */
  readonly parameters?: readonly string[] | "all";
  /** Whether parameters stay stored in the model or are fed. @default "stored" */
  readonly weights?: "stored" | "inputs";
  /** More tensors to give. @default none */
  readonly outputs?: readonly string[];
  /** Extend by spreading: `{ ...gradientRules, "my.domain:Op": rule }`. */
  readonly rules?: GradientRules;
}

/** A differentiated model. */
export interface Gradients extends Omit<Derivatives, "optional"> {
  /** An ordinary ONNX model: the inputs of the original and of the loss, out come the loss and the gradients. */
  readonly bytes: Uint8Array;
  /** The output that holds the loss. */
  readonly loss: string;
  /** What the loss is fed, beside the model's own inputs. */
  readonly lossInputs: readonly LossInput[];
  /** Stored values, by the parameters that have a gradient. */
  readonly weights: ReadonlyMap<string, Weight>;
}

/** A model whose outputs are a loss and its gradients by some stored tensors. */
export function gradients(model: Model, options: GradientsOptions): Gradients {
  return extended(model, options, ({ kit, loss, gradients: found }) => {
    kit.named(loss, lossName);
    for (const [parameter, tensor] of found) kit.named(tensor, gradientName(parameter));
    const outputs = new Map([...found.keys()].map((parameter) => [parameter, gradientName(parameter)]));
    return { inputs: [], outputs: [lossName, ...outputs.values()], result: outputs };
  });
}

export const lossName = "loss.value";
export const gradientName = (parameter: string): string => `${parameter}.gradient`;

/** What is at hand behind the backward pass. */
export interface Differentiated {
  readonly kit: GradientKit;
  readonly loss: string;
  /** Gradient tensors by parameter. */
  readonly gradients: ReadonlyMap<string, string>;
  /** Parameters in full precision, by parameter. */
  readonly values: ReadonlyMap<string, string>;
}

export interface Extension {
  readonly inputs: readonly {
    readonly name: string;
    readonly elementType: number;
    readonly shape: readonly number[];
  }[];
  readonly outputs: readonly string[];
  /** Gradient outputs by parameter, where there are such. */
  readonly result: ReadonlyMap<string, string>;
}

/** Differentiates a model and lets `extend` emit what comes behind. */
export function extended(
  original: Model,
  { loss, parameters, weights = "stored", outputs = [], rules = gradientRules }: GradientsOptions,
  extend: (at: Differentiated) => Extension,
): Gradients {
  const isNamed = typeof parameters === "object";
  const all = isNamed
    ? asked(original, parameters)
    : parametersOf(original, { statistics: parameters === "all" });
  const lossy = withLoss(original, loss, outputs);
  const { model, facts, wide } = plain(lossy.model);
  const kit = createKit(facts, model.opsets.get("") ?? 13, freePrefix(model, "grad."));
  checkScalar(kit, lossy.loss);
  const widely = new Map([...all.keys()].map((name) => [wide.get(name) ?? name, name]));
  const found = differentiate(kit, lossy.loss, [...widely.keys()], rules);
  const named = (names: Iterable<string>): string[] => [...names].map((name) => widely.get(name) as string);
  const stops = found.stops.map((stop) => ({ ...stop, parameters: named(stop.parameters) }));
  const [stop] = stops;
  if (isNamed && stop) throw new AutodiffError("no-rule", stop);
  const byName = new Map([...found.gradients].map(([name, tensor]) => [widely.get(name) as string, tensor]));
  if (byName.size === 0 && stop) throw new AutodiffError("no-rule", stop);
  if (byName.size === 0)
    throw new AutodiffError("no-gradient", {
      loss: lossy.loss,
      constants: [...new Set(found.constants.map(({ op }) => op))].join(", "),
    });
  const values = new Map([...byName.keys()].map((name) => [name, wide.get(name) ?? name]));
  const { inputs, outputs: made, result } = extend({ kit, loss: lossy.loss, gradients: byName, values });
  const used = live(kit.emitted(), made);
  const read = new Set(used.nodes.flatMap((node) => node.inputs));
  const fed = [...byName.keys()].map((name) => {
    const { dtype, shape } = all.get(name) as Weight;
    return { name, elementType: elementType(wide.has(name) ? "float32" : dtype), shape };
  });
  const ownInputs = new Map(original.graph.inputs.map((input) => [input.name, input]));
  const bytes = segmentModel(model, {
    inputs: [
      ...model.graph.inputs
        .filter(({ name }) => !byName.has(name))
        .map((input) => ({
          ...input,
          ...(ownInputs.has(input.name) && { shape: ownInputs.get(input.name)?.shape }),
        })),
      ...(weights === "inputs" ? fed : []),
      ...inputs,
    ],
    outputs: [...made, ...outputs],
    inserted: used.nodes,
    added: used.tensors,
    edit: {
      tensors: new Map(),
      added: [],
      inserted: [],
      nodes: new Map(
        [...found.optional]
          .filter(([, names]) => names.some((name) => read.has(name)))
          .map(([index, names]) => [index, { outputs: names }]),
      ),
    },
  });
  return {
    bytes,
    loss: lossName,
    lossInputs: lossy.inputs,
    gradients: result,
    weights: new Map([...byName.keys()].map((name) => [name, all.get(name) as Weight])),
    stops,
    constants: found.constants,
    unreached: named(found.unreached),
  };
}

function asked({ graph }: Model, parameters: readonly string[]): ReadonlyMap<string, Weight> {
  const constants = new Map(
    graph.nodes.flatMap((node) => {
      const weight = constantWeight(node);
      return weight ? [[weight.name, weight] as const] : [];
    }),
  );
  return new Map(
    parameters.map((parameter) => {
      const weight = graph.initializers.get(parameter) ?? constants.get(parameter);
      if (!weight || !isFloat(weight.dtype))
        throw new AutodiffError("unknown-parameter", { parameter, known: [...graph.initializers.keys()] });
      return [parameter, weight];
    }),
  );
}

function checkScalar(kit: GradientKit, loss: string): void {
  const shape = kit.shape(loss);
  if (!isFloat(kit.type(loss)) || shape?.some((size) => size !== 1))
    throw new AutodiffError("not-a-scalar", { loss, shape: shape?.join(", ") ?? "unknown" });
}

/** What of the emitted nodes and constants some tensors need. */
function live({ nodes, tensors }: Emitted, wanted: Iterable<string>): Emitted {
  const needed = new Set(wanted);
  const kept = [];
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at] as Emitted["nodes"][number];
    if (!node.outputs.some((name) => needed.has(name))) continue;
    kept.push(node);
    for (const name of node.inputs) needed.add(name);
  }
  return { nodes: kept.reverse(), tensors: tensors.filter(({ name }) => needed.has(name)) };
}
