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

/**
 * A picture with what another model has in place of each node, by the names of what nodes give: shapes, costs. A node that
 * is not there costs nothing there.
 */
export function pictureBeside(here: Picture, there: Picture): Picture {
  const shapes = tensorsOf(there);
  const makers = new Map(
    there.nodes.flatMap((node) => node.outputs.map(({ name }) => [name, node] as const)),
  );
  const beside = ({ name, shape }: PictureTensor): PictureTensor => {
    const after = shapes.get(name)?.shape ?? "none";
    return after === shape ? { name, shape } : { name, shape, after };
  };
  return {
    ...here,
    nodes: here.nodes.map((node) => {
      const other = node.outputs.flatMap(({ name }) => makers.get(name) ?? [])[0];
      return {
        ...node,
        outputs: node.outputs.map(beside),
        parameters: node.parameters.map(beside),
        macsAfter: other ? other.macs : 0,
        weightsAfter: other ? other.weights : 0,
      };
    }),
    after: there.before,
  };
}

function tensorsOf({ nodes }: Picture): ReadonlyMap<string, PictureTensor> {
  return new Map(
    nodes.flatMap(({ parameters, outputs }) =>
      [...parameters, ...outputs].map((one) => [one.name, one] as const),
    ),
  );
}
