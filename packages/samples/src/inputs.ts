/** What a model says of one input. A dim is a number, a symbol, or undefined when unknown. */
export interface ModelInput {
  readonly name: string;
  /** An element type by its name in onnxruntime, such as "float32". */
  readonly type: string;
  /** undefined: unknown rank. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** "float32[N,3,32,32]" */
export const inputText = ({ type, shape }: ModelInput): string =>
  `${type}[${shape?.map((dim) => dim ?? "?").join(",") ?? "?"}]`;

/** Numbers stay; what a model leaves open is undefined. */
export const numbersIn = (shape: readonly unknown[]): (number | undefined)[] =>
  shape.map((dim) => (typeof dim === "number" && dim >= 0 ? dim : undefined));
