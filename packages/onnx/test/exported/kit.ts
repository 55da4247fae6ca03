import { type Attributes, type Builder, buildModel, type ModelOptions } from "./builder.js";

/** A structure as exporters write it, and the share of its parameters that may be left of it at ratio 0.5. */
export interface Exported {
  readonly most: number;
  readonly modes?: readonly ("channels" | "heads" | "both" | "ragged")[];
  readonly options?: ModelOptions;
  /** How many units may leave, by the part that they play. */
  readonly parts?: Readonly<Record<string, number>>;
  build(g: Builder): void;
}

export const graph = (
  most: number,
  build: Exported["build"],
  more: Omit<Exported, "most" | "build"> = {},
): Exported => ({
  most,
  build,
  ...more,
});

export const bytesOf = ({ build, options }: Exported): Uint8Array => buildModel(build, options);

export const spatial = (kernel: number): Attributes => ({
  kernel_shape: [kernel, kernel],
  pads: new Array(4).fill((kernel - 1) / 2),
});

export const conv = (
  g: Builder,
  x: string,
  from: number,
  to: number,
  kernel = 3,
  more: Attributes = {},
): string =>
  g.op("Conv", [x, g.weight([to, from, kernel, kernel]), g.weight([to])], { ...spatial(kernel), ...more });

export const linear = (g: Builder, x: string, from: number, to: number): string =>
  g.op("Add", [g.op("MatMul", [x, g.weight([from, to], Math.sqrt(3 / from))]), g.weight([to])]);

export const image = (g: Builder, channels = 3, size = 8): string => g.input("x", [1, channels, size, size]);

export const tokens = (g: Builder, width = 12, length: number | string = 5): string =>
  g.input("x", [1, length, width]);

export const relu = (g: Builder, x: string): string => g.op("Relu", [x]);

export const ends = (g: Builder, x: string): void => {
  g.op("Identity", [x], {}, "y");
  g.output("y");
};

/** conv -> block -> conv. */
export const around = (
  most: number,
  block: (g: Builder, x: string) => string,
  options?: ModelOptions,
): Exported =>
  graph(
    most,
    (g) => {
      const x = relu(g, conv(g, image(g), 3, 16));
      ends(g, conv(g, block(g, x), 16, 4));
    },
    options && { options },
  );

/** linear -> block -> linear over tokens of width 16. */
export const between = (
  most: number,
  block: (g: Builder, x: string) => string,
  options?: ModelOptions,
): Exported =>
  graph(
    most,
    (g) => {
      const x = linear(g, tokens(g), 12, 16);
      ends(g, linear(g, block(g, x), 16, 3));
    },
    options && { options },
  );

export const scalar = (g: Builder, value: number): string => g.floats([], [value]);

export const heads = (
  g: Builder,
  x: string,
  [h, d]: readonly [number, number],
  perm = [0, 2, 1, 3],
): string => g.op("Transpose", [g.op("Reshape", [x, g.ints([1, -1, h, d])])], { perm });

export const merged = (g: Builder, x: string, width: number): string =>
  g.op("Reshape", [g.op("Transpose", [x], { perm: [0, 2, 1, 3] }), g.ints([1, -1, width])]);

export const attended = (
  g: Builder,
  q: string,
  k: string,
  v: string,
  d: number,
  bias?: (scores: string) => string,
): string => {
  const scores = g.op("Div", [
    g.op("MatMul", [q, g.op("Transpose", [k], { perm: [0, 1, 3, 2] })]),
    scalar(g, Math.sqrt(d)),
  ]);
  return g.op("MatMul", [g.op("Softmax", [bias ? bias(scores) : scores], { axis: -1 }), v]);
};

export const layerNorm = (g: Builder, x: string, width: number): string => {
  const centred = g.op("Sub", [x, g.op("ReduceMean", [x], { axes: [-1] })]);
  const variance = g.op("ReduceMean", [g.op("Pow", [centred, scalar(g, 2)])], { axes: [-1] });
  const scaled = g.op("Div", [centred, g.op("Sqrt", [g.op("Add", [variance, scalar(g, 1e-5)])])]);
  return g.op("Add", [g.op("Mul", [scaled, g.weight([width])]), g.weight([width])]);
};

export const rotated = (g: Builder, x: string, d: number): string => {
  const half = (from: number, to: number): string =>
    g.op("Slice", [x, g.ints([from]), g.ints([to]), g.ints([3])]);
  const turned = g.op("Concat", [g.op("Neg", [half(d / 2, d)]), half(0, d / 2)], { axis: -1 });
  const table = (): string => {
    const t = g.weight([1, 1, 5, d / 2], 1);
    return g.op("Concat", [t, t], { axis: -1 });
  };
  return g.op("Add", [g.op("Mul", [x, table()]), g.op("Mul", [turned, table()])]);
};
