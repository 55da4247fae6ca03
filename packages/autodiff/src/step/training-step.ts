import type { Model } from "@prune/onnx";
import type { Weight } from "@prune/onnx/advanced";
import {
  type Differentiated,
  type Extension,
  extended,
  type Gradients,
  type GradientsOptions,
  lossName,
} from "../gradients.js";
import { elementType } from "../graph/element-type.js";
import type { GradientKit } from "../graph/kit.js";
import type { Optimiser } from "./optimiser.js";

/** What a training step is made of: the loss, the optimiser, and the parameters that it moves. */
export interface TrainingStepOptions extends Omit<GradientsOptions, "weights"> {
  readonly optimiser: Optimiser;
  /** The gradients of all parameters together get at most this length. @default no limit */
  readonly clip?: number;
  /** Parameters that are fed something to add to their gradients, such as those of a penalty. @default none */
  readonly added?: readonly string[];
}

/** One step of training as a model. */
export interface TrainingStep {
  /** Inputs: the model's, the loss's, weights, states, `step.rate` and `step.count`; outputs: the loss and what comes next. */
  readonly bytes: Uint8Array;
  readonly loss: string;
  readonly lossInputs: Gradients["lossInputs"];
  /** Stored values by parameter; a parameter's input has its name. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** What is carried from step to step: an input, the output that takes its place, and its shape. */
  readonly carried: readonly Carried[];
  /** Inputs to add to gradients, by parameter. */
  readonly added: ReadonlyMap<string, string>;
  /** Output that holds the length of all gradients together, before it is cut. */
  readonly norm: string;
  readonly stops: Gradients["stops"];
  readonly constants: Gradients["constants"];
  readonly unreached: Gradients["unreached"];
}

/** A tensor that a training step reads and replaces: what `output` gives is fed to `input` in the next step. */
export interface Carried {
  readonly input: string;
  readonly output: string;
  readonly shape: readonly number[];
  /** The parameter itself, or a state of the optimiser, zeros at first. */
  readonly kind: "weight" | "state";
  readonly parameter: string;
}

/** Inputs of every step: the learning rate, and the count of the step, from 1. */
export const rateName = "step.rate";
/** The input that takes the count of the step, a number from 1. */
export const countName = "step.count";
const normName = "step.norm";

/**
 * A model that takes weights and the optimiser's state and gives their next values, with the loss before the step.
 * What it holds: the weights once in and once out, the states likewise, and the activations that the backward pass
 * reads.
 */
export function trainingStep(model: Model, options: TrainingStepOptions): TrainingStep {
  const { optimiser, clip, added = [], ...rest } = options;
  const carried: Carried[] = [];
  const extra = new Map<string, string>();
  const made = extended(model, { ...rest, weights: "inputs" }, (at) => {
    const { kit, values } = at;
    const inputs: { name: string; elementType: number; shape: readonly number[] }[] = [
      { name: rateName, elementType: elementType("float32"), shape: [] },
      { name: countName, elementType: elementType("float32"), shape: [] },
    ];
    const outputs = [lossName, normName];
    kit.named(at.loss, lossName);
    const gradients = new Map(
      [...at.gradients].map(([parameter, gradient]) => {
        if (!added.includes(parameter)) return [parameter, gradient] as const;
        const name = `${parameter}.added`;
        extra.set(parameter, name);
        inputs.push({ name, elementType: elementType("float32"), shape: shapeOf(at, parameter) });
        return [parameter, kit.add(gradient, name)] as const;
      }),
    );
    const norm = lengthOf(kit, [...gradients.values()]);
    kit.named(norm, normName);
    const scale = clip === undefined ? undefined : shortening(kit, norm, clip);
    for (const [parameter, gradient] of gradients) {
      const shape = shapeOf(at, parameter);
      const nexts = new Map<string, string>();
      const carry = (input: string, kind: Carried["kind"]): string => {
        carried.push({ input, output: `${input}.next`, shape, kind, parameter });
        outputs.push(`${input}.next`);
        return input;
      };
      carry(parameter, "weight");
      const stateName = (name: string): string => `${parameter}.${name}`;
      for (const name of optimiser.states)
        inputs.push({ name: carry(stateName(name), "state"), elementType: elementType("float32"), shape });
      const next = optimiser.step(
        {
          value: values.get(parameter) as string,
          gradient: scale === undefined ? gradient : kit.mul(gradient, scale),
          shape,
          decays: shape.length > 1,
          state: stateName,
          next: (name, tensor) => void nexts.set(name, tensor),
        },
        { rate: rateName, count: countName },
        kit,
      );
      kit.named(next, `${parameter}.next`);
      for (const [name, tensor] of nexts) kit.named(tensor, `${stateName(name)}.next`);
    }
    return { inputs, outputs, result: new Map() } satisfies Extension;
  });
  const { bytes, loss, lossInputs, weights, stops, constants, unreached } = made;
  return {
    bytes,
    loss,
    lossInputs,
    weights,
    carried,
    added: extra,
    norm: normName,
    stops,
    constants,
    unreached,
  };
}

const shapeOf = ({ kit }: Differentiated, parameter: string): readonly number[] =>
  (kit.shape(parameter) ?? []) as readonly number[];

function lengthOf(kit: GradientKit, gradients: readonly string[]): string {
  const squares = gradients.map((gradient) => kit.sum(kit.square(gradient), undefined, "dropped"));
  return kit.emit("Sqrt", [squares.length === 1 ? (squares[0] as string) : kit.emit("Sum", squares)]);
}

const shortening = (kit: GradientKit, norm: string, limit: number): string =>
  kit.emit("Min", [kit.div(kit.number(limit, norm), kit.add(norm, 1e-12)), kit.number(1, norm)]);
