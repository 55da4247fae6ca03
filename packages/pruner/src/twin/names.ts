/** What a parameter's name says: the layer that it belongs to, and which of the layer's parameters it is. */
export interface Named {
  /** From the model inwards, without what formats add. */
  readonly layer: readonly string[];
  readonly part: string;
}

/** Which parameter of a layer the last word of a name stands for, in PyTorch, Keras, TensorFlow and ONNX. */
const parts: readonly (readonly [part: string, isVector: boolean, words: RegExp])[] = [
  ["recurrent kernel", false, /^(recurrent_?kernel|r|weight_hh(_l\d+)?)$/],
  [
    "kernel",
    false,
    /^(weights?|w|kernel|embeddings?|table|weight_ih(_l\d+)?|(depthwise|pointwise)_(kernel|weights)|(depthwise)?conv\w*|depthwise|matmul|gemm|einsum)(_weights?)?$/,
  ],
  ["scale", true, /^(weight|gamma|scale)$/],
  ["shift", true, /^(bias|b|beta|offset|shift|biasadd|\w*_bn_offset)$/],
  ["mean", true, /^(running_mean|moving_mean|mean)$/],
  ["variance", true, /^(running_var|moving_variance|var|variance)$/],
];

/** Words that say nothing of the layer. */
const noise =
  /^(|readvariableop(_\d+)?|resource|read|value|statefulpartitionedcall|partitionedcall|model(_\d+)?|functional(_\d+)?|sequential(_\d+)?|module|lstm_cell|gru_cell)$/;

export function nameOf(tensor: string, rank: number): Named {
  const words = tensor
    .toLowerCase()
    .replace(/:\d+$/, "")
    .split(/[/.]/)
    .filter((word) => !noise.test(word));
  const last = words.at(-1) ?? "";
  const known = parts.find(([, isVector, pattern]) => isVector === rank < 2 && pattern.test(last));
  const layer = (known ? words.slice(0, -1) : words).flatMap((word) => word.split("_"));
  return { layer, part: known?.[0] ?? "" };
}

/**
 * Pairs names of the same parameter: the same part of the same layer, or of layers of which one's path ends in
 * the other's. A name that could stand for several stands for none.
 */
export function pairNames(here: readonly Named[], there: readonly Named[]): Map<number, number> {
  const pairs = new Map<number, number>();
  for (const fits of [isSame, endsAlike]) {
    const free = (list: readonly Named[], taken: Iterable<number>): number[] => {
      const gone = new Set(taken);
      return [...list.keys()].filter((i) => !gone.has(i));
    };
    const [left, right] = [free(here, pairs.keys()), free(there, pairs.values())];
    const fitting = left.map((i) => right.filter((j) => fits(here[i] as Named, there[j] as Named)));
    left.forEach((i, k) => {
      const [only, ...others] = fitting[k] as number[];
      if (only === undefined || others.length > 0) return;
      if (fitting.filter((list) => list.includes(only)).length === 1) pairs.set(i, only);
    });
  }
  return pairs;
}

const isSame = (a: Named, b: Named): boolean => a.part === b.part && a.layer.join("/") === b.layer.join("/");

function endsAlike(a: Named, b: Named): boolean {
  const length = Math.min(a.layer.length, b.layer.length);
  return (
    a.part === b.part &&
    a.part !== "" &&
    length > 0 &&
    a.layer.slice(-length).join("/") === b.layer.slice(-length).join("/")
  );
}
