import type { Trace } from "@prune/graph";
import { OnnxError } from "../errors.js";
import type { OnnxSource } from "../trace/source.js";

/** The ONNX side of a trace that this backend made. */
export function sourceOf({ source }: Pick<Trace, "source">): OnnxSource {
  if (!("weight" in source)) throw new OnnxError("foreign-trace", {});
  return source as unknown as OnnxSource;
}
