import type { Trace } from "@prune/graph";
import { TfjsError } from "./errors.js";

/** A tensor as a model stores it. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** undefined where elements vary in size. */
  readonly elementBytes: number | undefined;
}

/** What both kinds of models show besides their graph. */
export interface TfSource {
  weight(name: string): StoredTensor | undefined;
  /** The numbers of a float parameter, stored or computed. */
  values(name: string): Float32Array | undefined;
  shapeOf(name: string): readonly number[] | undefined;
}

/** The source behind a trace that one of this package's backends made. */
export function sourceOf<S extends TfSource>({ source }: Trace): S {
  if (!("weight" in source && "values" in source)) throw new TfjsError("foreign-trace", {});
  return source as unknown as S;
}
