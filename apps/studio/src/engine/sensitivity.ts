import type { Picture } from "@prune/report";
import type { CurvesFile } from "@prune/workflow";
import { placesByTensor, tensorOf } from "../lit.js";

/** What half of a layer's units leaving does, 0 to 1, by the nodes that read the parameter that it is known by. */
export function sensitivityByNode(
  curves: CurvesFile["curves"],
  picture: Picture,
): ReadonlyMap<number, number> {
  const places = placesByTensor(picture);
  const worst = (points: CurvesFile["curves"][number]["points"]): number =>
    Math.max(0, ...points.map(({ error }) => error));
  const most = Math.max(Number.MIN_VALUE, ...curves.map(({ points }) => worst(points)));
  const found = new Map<number, number>();
  for (const { axis, points } of curves)
    for (const place of places.get(tensorOf(axis)) ?? [])
      found.set(place, Math.max(found.get(place) ?? 0, Math.sqrt(worst(points) / most)));
  return found;
}
