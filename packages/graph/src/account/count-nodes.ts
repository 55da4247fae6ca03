import type { Cut } from "../cut/cut.js";
import { shapeOf } from "../layout/layout.js";
import { type Dim, nameOf } from "../names/dim.js";
import type { Trace } from "../trace/open-trace.js";
import type { Counting } from "./counting.js";
import { usesOf } from "./uses.js";

/** Sizes of all dims of a trace. */
export interface Sized {
  /** undefined where only run time tells. */
  sizeOf(dim: Dim): number | undefined;
  /** The size of an open dim by its name. */
  samples(name: string): number;
}

/** Why a node can't be counted. */
export interface Unknown {
  readonly why: string;
}

/** Multiply-accumulates of every node for one sample. */
export function countNodes(
  trace: Trace,
  { macs, batch }: Counting,
  { sizeOf, samples }: Sized,
  cut?: Cut,
): (number | Unknown)[] {
  const uses = usesOf(trace);
  const perRun = typeof batch === "number" ? batch : Math.max(1, samples(batch));
  return trace.source.nodes.map(({ inputs, outputs }, at) => {
    let unknown: Unknown | undefined;
    const sizesOf = (name: string): readonly number[] => {
      if (name === "") return [];
      const layout = trace.tensor(name)?.layout;
      if (!layout) {
        // An input of unknown shape is why the output has none.
        const first = inputs.find((one) => one !== "" && !trace.tensor(one)?.layout) ?? name;
        unknown ??= { why: `the shape of "${first}" is not known` };
        return [];
      }
      return (cut ? cut.shape(layout) : shapeOf(layout)).map((dim: Dim) => {
        const size = sizeOf(dim);
        if (size === undefined || size < 0)
          unknown ??= {
            why:
              size === undefined
                ? `"${name}" has a size that only run time tells: ${nameOf(dim) ?? dim}`
                : `"${name}" would have ${size} positions at these sizes`,
          };
        return size ?? 0;
      });
    };
    const input = (i: number): readonly number[] => {
      const name = inputs[i] ?? "";
      const parameter = uses.of(at, i, name);
      if (!parameter) return sizesOf(name);
      return cut ? cut.shapeLeft(parameter) : parameter.shape;
    };
    const count = macs(at, { input, output: (i) => sizesOf(outputs[i] ?? "") });
    if (unknown) return unknown;
    return count === undefined ? { why: "what it runs inside a body is not counted" } : count / perRun;
  });
}
