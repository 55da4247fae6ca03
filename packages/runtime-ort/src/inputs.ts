import { RuntimeError } from "./error.js";
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

/** The graphs of sessions that were opened here: before 1.22 onnxruntime's sessions give names of inputs and nothing else. */
const graphs = new WeakMap<object, () => InputGraph>();

/** Says of which graph a session is; it is read only where the session itself says too little. */
export function rememberGraph(session: Session, read: () => InputGraph): void {
  if (!session.inputMetadata) graphs.set(session, read);
}

/**
 * The inputs that have to be fed, as a session or a model's graph declares them.
 * @throws {RuntimeError} `inputs-unknown` for a session of onnxruntime 1.20 or 1.21 that `createSession` didn't open.
 */
export function inputsOf(source: Session | InputGraph): Input[] {
  if ("inputs" in source) return inputsOfGraph(source);
  // The type is the newest runtime's; older ones lack it.
  const metadata = source.inputMetadata as Session["inputMetadata"] | undefined;
  if (!metadata) {
    const read = graphs.get(source);
    if (!read) throw new RuntimeError("inputs-unknown", {});
    return inputsOfGraph(read());
  }
  return metadata.map((meta) =>
    meta.isTensor
      ? { name: meta.name, type: meta.type, shape: meta.shape.map((dim) => (dim === "" ? undefined : dim)) }
      : { name: meta.name, type: "other", shape: undefined },
  );
}

const inputsOfGraph = ({ inputs, initializers }: InputGraph): Input[] =>
  inputs
    .filter(({ name }) => !initializers.has(name))
    .map(({ name, elementType, shape }) => ({ name, type: elementTypeOf(elementType) ?? "other", shape }));
