import type { Picture } from "@prune/report";
import type { PictureTensor } from "@prune/report/advanced";
import type { Compared } from "./protocol.js";

/** Tensors of two pictures whose shapes differ, by name; or of one picture, before and after its cut. */
export function changesBetween(here: Picture, there?: Picture): Compared["changes"] {
  const before = tensorsOf(here);
  if (!there)
    return [...before.values()].flatMap(({ name, shape, after }) =>
      after === undefined ? [] : [{ tensor: name, before: shape, after }],
    );
  const after = tensorsOf(there);
  const changed = [...before.values()].flatMap(({ name, shape }) => {
    const other = after.get(name);
    if (!other) return [{ tensor: name, before: shape }];
    return other.shape === shape ? [] : [{ tensor: name, before: shape, after: other.shape }];
  });
  const added = [...after.values()].flatMap(({ name, shape }) =>
    before.has(name) ? [] : [{ tensor: name, after: shape }],
  );
  return [...changed, ...added];
}

function tensorsOf({ nodes }: Picture): ReadonlyMap<string, PictureTensor> {
  return new Map(
    nodes.flatMap(({ parameters, outputs }) =>
      [...parameters, ...outputs].map((one) => [one.name, one] as const),
    ),
  );
}
