import type { Trace } from "@prune/graph";
import { axisOf, axisText } from "@prune/graph/advanced";
import type { Picture } from "@prune/report";
import { placesByTensor } from "@prune/report/view";
import type { CurvesFile } from "@prune/workflow/advanced";

/**
 * What half of a layer's units leaving does, 0 to 1, by the nodes that make those units: every convolution of a residual
 * stream, not only the one that the layer is known by. Where nothing makes them, by the nodes that read them.
 */
export function sensitivityByNode(
  curves: CurvesFile["curves"],
  trace: Trace,
  picture: Picture,
): ReadonlyMap<number, number> {
  const places = placesByTensor(picture);
  const makers = makersByAxis(trace);
  const worst = (points: CurvesFile["curves"][number]["points"]): number =>
    Math.max(0, ...points.map(({ error }) => error));
  const most = Math.max(Number.MIN_VALUE, ...curves.map(({ points }) => worst(points)));
  const found = new Map<number, number>();
  for (const { axis, points } of curves)
    for (const tensor of makers.get(axis) ?? [])
      for (const place of places.get(tensor) ?? [])
        found.set(place, Math.max(found.get(place) ?? 0, Math.sqrt(worst(points) / most)));
  return found;
}

/** By the axis that a family of units is known by, the stored tensors that its units are made with. */
function makersByAxis(trace: Trace): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { members } of trace.families) {
    const all = members.flatMap((m) => trace.members[m] ?? []);
    const makers = all.filter(({ selector }) => selector.role === "out");
    const [root] = makers.length > 0 ? makers : all;
    if (!root) continue;
    const axis = axisText(axisOf(root));
    const tensors = found.get(axis) ?? new Set<string>();
    for (const { parameter } of makers.length > 0 ? makers : all) tensors.add(parameter.tensor);
    found.set(axis, tensors);
  }
  return found;
}
