import type { Cut } from "../cut/cut.js";
import { shapeOf } from "../layout/layout.js";
import type { Dim } from "../names/dim.js";
import type { Trace } from "../trace/open-trace.js";

/** An input or output whose shape a cut changes. */
export interface ChangedEnd {
  readonly tensor: string;
  readonly side: "input" | "output";
  readonly before: readonly Dim[];
  readonly after: readonly Dim[];
}

/** Inputs and outputs of the graph that a cut makes smaller, inputs first. */
export function changedEnds({ source, tensors }: Pick<Trace, "source" | "tensors">, cut: Cut): ChangedEnd[] {
  const sides = [
    ...source.inputs.map(({ name }) => [name, "input"] as const),
    ...source.outputs.map((name) => [name, "output"] as const),
  ];
  return sides.flatMap(([tensor, side]) => {
    const layout = tensors.get(tensor)?.layout;
    return layout && cut.changed(layout)
      ? [{ tensor, side, before: shapeOf(layout), after: cut.shape(layout) }]
      : [];
  });
}
