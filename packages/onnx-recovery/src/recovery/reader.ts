import type { Model } from "@prune/onnx";
import { type Node, segmentModel, type Wiring, wiringOf } from "@prune/onnx/advanced";
import { withoutResidual } from "@prune/recovery/advanced";
import { joined } from "./fits.js";
import { lastBefore, type PlannedLayer } from "./layer-plan.js";

const elementwise: ReadonlySet<string> = new Set(
  (
    "Relu LeakyRelu PRelu ThresholdedRelu Elu Selu Celu Gelu Erf Exp Sigmoid HardSigmoid HardSwish Swish Mish Tanh " +
    "Softplus Softsign Clip Min Max Abs Neg Sqrt Pow Reciprocal Add Sub Mul Div BatchNormalization Identity"
  ).split(" "),
);

/** Layers that lost outputs, with the one that reads what is left of them, if what that one needs is known. */
export function withReaders(pruned: Model, layers: readonly PlannedLayer[]): PlannedLayer[] {
  const wiring = wiringOf(pruned);
  const byNode = new Map(layers.map((layer) => [layer.linear.node.index, layer]));
  const last = lastBefore(pruned, layers);
  return layers.map((layer, i) => {
    if (layer.kind !== "whole" || !isIncomplete(layer)) return layer;
    const found = endOf(wiring, layer);
    const reader = found && byNode.get(found.node.index);
    if (!reader || !isWhole(reader) || reader.linear.input !== found.tensor) return layer;
    if (![layer, reader].every(isSingle) || !layer.linear.window !== !reader.linear.window) return layer;
    const { tail } = reader;
    const isKnown = tail.residual && (last.get(tail.residual.other) ?? -1) < i;
    const [from, to] = [layer.linear.output, found.tensor];
    const bytes = segmentModel(pruned, { inputs: [{ name: from, elementType: 1 }], outputs: [to] });
    const between = { bytes, opset: pruned.opsets.get("") ?? 13, from, to };
    const places = isPointwise(reader) ? undefined : joined(reader.linear) / reader.linear.inputs;
    return {
      ...layer,
      reader: { layer: isKnown ? reader : { ...reader, tail: withoutResidual(tail) }, between, places },
    };
  });
}

/** Lost outputs or inputs: what it gave can't be had any more. */
const isIncomplete = ({ whole, outputs, inputs }: PlannedLayer): boolean =>
  outputs.length < whole.outputs || inputs?.length !== whole.inputs;

const isSingle = ({ linear: { place } }: PlannedLayer): boolean => place.matrix.weight.dtype === "float32";

/** Reads all channels together, fitted from all of them. */
const isWhole = ({ kind, linear: { groups, window } }: PlannedLayer): boolean =>
  kind === "whole" && groups === 1 && !window?.transposed;

/** Reads every place by itself. */
function isPointwise({ linear }: PlannedLayer): boolean {
  const { window, inputs } = linear;
  if (joined(linear) > inputs) return false;
  return [...(window?.strides ?? []), ...(window?.pads ?? []).map((pad) => pad + 1)].every((n) => n === 1);
}

/** The one node that reads a layer's output behind elementwise nodes, and the tensor that it reads. */
function endOf(
  wiring: Wiring,
  { linear }: PlannedLayer,
): { readonly node: Node; readonly tensor: string } | undefined {
  const made = new Set([linear.output]);
  const ends: { readonly node: Node; readonly tensor: string }[] = [];
  const inside = new Set<Node>();
  for (const tensor of made) {
    // Told here, as a residual stream goes on to the end of the model.
    if (wiring.isOutput(tensor) || ends.length > 1) return undefined;
    for (const node of wiring.readers(tensor)) {
      const isInside = isElementwise(node) && (linear.window || node.op !== "BatchNormalization");
      if (!isInside) ends.push({ node, tensor });
      else {
        inside.add(node);
        for (const name of node.outputs) if (name !== "") made.add(name);
      }
    }
  }
  const [end, ...others] = ends;
  const isClosed = [...inside].every(({ op, inputs }) =>
    inputs.every(
      (name, i) =>
        name === "" ||
        made.has(name) ||
        isAlike(wiring, name, op === "BatchNormalization" && i > 0 ? 0 : (linear.window?.kernel.length ?? 0)),
    ),
  );
  return end && others.length === 0 && isClosed ? end : undefined;
}

const isElementwise = ({ op, domain }: Node): boolean =>
  elementwise.has(op) && (domain === "" || domain === "ai.onnx");

/** Whether a tensor is stored and the same at all places, which are the dims behind the channels. */
function isAlike(wiring: Wiring, tensor: string, behind: number): boolean {
  let name = tensor;
  for (;;) {
    const weight = wiring.stored(name);
    if (weight) return weight.shape.every((size, d, { length }) => size === 1 || length - 1 - d === behind);
    const node = wiring.producer(name);
    if (node?.op !== "Identity") return false;
    name = node.inputs[0] as string;
  }
}
