import type { Linear, Node, Wiring } from "@prune/onnx/advanced";

/** Operators that make each channel of their output of the same channel of their inputs, in the same way for all channels. */
const alike: ReadonlySet<string> = new Set(
  (
    "Relu LeakyRelu Sigmoid Tanh Clip Elu Selu Celu HardSwish HardSigmoid Erf Gelu Softplus Softsign Mish Identity Dropout " +
    "Abs Neg Exp Sqrt MaxPool AveragePool GlobalAveragePool GlobalMaxPool Flatten Mul Add Sub Div Pow Min Max"
  ).split(" "),
);

/**
 * The layers that read a tensor's channels, where all that lies between treats every channel the same and nothing else reads
 * them; undefined where something else does.
 */
export function readersOf(
  wiring: Wiring,
  layers: ReadonlyMap<Node, Linear>,
  tensor: string,
): readonly Linear[] | undefined {
  const reached = new Set([tensor]);
  const done = new Set<Node>();
  const found = new Set<Linear>();
  const isNumber = (name: string): boolean =>
    name === "" || (wiring.stored(name)?.shape.reduce((a, b) => a * b, 1) ?? 0) === 1;
  for (let size = -1; size < reached.size + done.size; ) {
    size = reached.size + done.size;
    for (const name of reached)
      for (const node of wiring.readers(name)) {
        const linear = layers.get(node);
        if (linear && linear.input === name) found.add(linear);
        else if (!alike.has(node.op) || linear) return undefined;
        else if (node.inputs.every((input) => reached.has(input) || isNumber(input))) {
          done.add(node);
          for (const output of node.outputs) if (output !== "") reached.add(output);
        }
      }
  }
  for (const name of reached) {
    if (wiring.isOutput(name)) return undefined;
    if (wiring.readers(name).some((node) => !done.has(node) && !layers.has(node))) return undefined;
  }
  return [...found];
}
