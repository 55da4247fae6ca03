import type { Session } from "./session.js";
import { type ElementType, elementTypeOf } from "./values.js";

/** What a model says of one input. A dim is a number, a symbol, or undefined when unknown. */
export interface Input {
  readonly name: string;
  /** An element type, or `other` for what the runtime can't be fed (sequences, bfloat16...). */
  readonly type: ElementType | "other";
  /** undefined: unknown rank. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** The part of a model's graph that inputs are read from; `Graph` of @prune/onnx is one. */
export interface InputGraph {
  readonly inputs: readonly {
    readonly name: string;
    readonly elementType: number;
    readonly shape: Input["shape"];
  }[];
  /** Old models list every initializer as an input too; those need no feed. */
  readonly initializers: { has(name: string): boolean };
}

/** The inputs that have to be fed, as a session or a model's graph declares them. */
export function inputsOf(source: Session | InputGraph): Input[] {
  if ("inputMetadata" in source)
    return source.inputMetadata.map((meta) =>
      meta.isTensor
        ? { name: meta.name, type: meta.type, shape: meta.shape.map((dim) => (dim === "" ? undefined : dim)) }
        : { name: meta.name, type: "other", shape: undefined },
    );
  return source.inputs
    .filter(({ name }) => !source.initializers.has(name))
    .map(({ name, elementType, shape }) => ({ name, type: elementTypeOf(elementType) ?? "other", shape }));
}
