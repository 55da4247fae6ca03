import { type Model, readModel } from "@prune/onnx";
import { type Node, segmentModel, type TensorFacts, tensorFacts } from "@prune/onnx/advanced";
import { AutodiffError } from "../errors.js";
import { elementType } from "../graph/element-type.js";
import { createKit } from "../graph/kit.js";
import { freePrefix } from "../graph/prefix.js";
import type { Loss, LossInput } from "./loss.js";

/** A model of what a loss needs of another model, and the loss. */
export interface WithLoss {
  readonly model: Model;
  readonly loss: string;
  readonly inputs: readonly LossInput[];
}

/** Appends a loss, or takes a tensor of the model for it, and leaves out what neither it nor the outputs need. */
export function withLoss(model: Model, loss: string | Loss, outputs: readonly string[]): WithLoss {
  const facts = tensorFacts(model);
  const full: TensorFacts = { ...facts, type: (name) => inFull(facts.type(name)) };
  const kit = createKit(full, model.opsets.get("") ?? 13, freePrefix(model, "loss."));
  const inputs: LossInput[] = [];
  const { graph } = model;
  const known = (name: string): string => {
    if (!makes(model, name)) throw new AutodiffError("unknown-tensor", { tensor: name });
    return name;
  };
  const output = (name?: string): string => {
    if (name !== undefined) return known(name);
    const [only, ...more] = graph.outputs;
    if (!only || more.length > 0)
      throw new AutodiffError("several-outputs", { outputs: graph.outputs.map((each) => each.name) });
    return only.name;
  };
  const made =
    typeof loss === "string"
      ? known(loss)
      : loss({
          ...kit,
          output,
          logits: (name) => beforeSoftmax(graph.nodes, output(name)),
          fed(input) {
            if (inputs.every(({ name }) => name !== input.name)) inputs.push(input);
            return input.name;
          },
        });
  const { nodes, tensors } = kit.emitted();
  const bytes = segmentModel(model, {
    inputs: [
      ...graph.inputs.filter(({ name }) => !graph.initializers.has(name)),
      ...inputs.map(({ name, type, shape }) => ({ name, elementType: elementType(type), shape })),
    ],
    outputs: [made, ...outputs.map(known)],
    inserted: nodes,
    added: tensors,
  });
  return { model: readModel(bytes), loss: made, inputs };
}

const inFull = (type: ReturnType<TensorFacts["type"]>): ReturnType<TensorFacts["type"]> =>
  type === "float16" || type === "bfloat16" ? "float32" : type;

const makes = ({ graph }: Model, name: string): boolean =>
  graph.nodes.some(({ outputs }) => outputs.includes(name)) ||
  graph.initializers.has(name) ||
  graph.inputs.some((input) => input.name === name);

/** The tensor of a classifier's scores before the softmax: of a tensor, or of the model's only output. */
export function scoresOf({ graph }: Model, output?: string): string {
  const [only, ...more] = graph.outputs;
  if (output === undefined && (!only || more.length > 0))
    throw new AutodiffError("several-outputs", { outputs: graph.outputs.map((each) => each.name) });
  return beforeSoftmax(graph.nodes, output ?? (only?.name as string));
}

/** What goes into the softmax that makes a tensor, past what only copies; the tensor itself where there is none. */
function beforeSoftmax(nodes: readonly Node[], tensor: string): string {
  const maker = nodes.find(({ outputs }) => outputs[0] === tensor);
  if (maker?.op === "Softmax" || maker?.op === "LogSoftmax") return maker.inputs[0] as string;
  if (maker?.op === "Identity") {
    const before = beforeSoftmax(nodes, maker.inputs[0] as string);
    return before === maker.inputs[0] ? tensor : before;
  }
  return tensor;
}
