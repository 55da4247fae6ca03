import type { Axis } from "@prune/graph";
import type { Picture } from "../picture.js";
import type { Lit } from "../view/draw.js";
import type { DescribedGroup } from "./described-group.js";

/** A node that a group lights up, with every slice that it loses. */
export interface LitNode extends Lit {
  readonly label: string;
  readonly slices: readonly { readonly axis: Axis; readonly indices: readonly number[] }[];
}

/**
 * The nodes of a group in the order of its breadth-first walk: those that make a tensor that loses positions, and for
 * stored tensors those that read them. By their places in the picture.
 */
export function litOf(picture: Picture, group: Pick<DescribedGroup, "items">): ReadonlyMap<number, LitNode> {
  const placesOf = placesByTensor(picture);
  const found = new Map<number, LitNode>();
  const waves = new Map<string, number>();
  for (const { from, axis, indices } of group.items) {
    const wave =
      waves.has(from) && from !== axis.tensor
        ? (waves.get(from) as number) + 1
        : (waves.get(axis.tensor) ?? 0);
    if (!waves.has(axis.tensor)) waves.set(axis.tensor, wave);
    const label = `${axis.dims.length > 0 ? `dim ${axis.dims.join(",")}: ` : ""}${rangesOf(indices)}`;
    for (const place of placesOf.get(axis.tensor) ?? []) {
      const before = found.get(place);
      found.set(place, {
        wave: Math.min(wave, before?.wave ?? wave),
        label: before?.label ?? label,
        slices: [...(before?.slices ?? []), { axis, indices }],
      });
    }
  }
  return found;
}

const known = new WeakMap<Picture, ReadonlyMap<string, readonly number[]>>();

/** By tensor, the place of the node that makes it, or of those that read it where it is stored. */
export function placesByTensor(picture: Picture): ReadonlyMap<string, readonly number[]> {
  const places = known.get(picture) ?? findPlaces(picture);
  known.set(picture, places);
  return places;
}

function findPlaces({ nodes }: Picture): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  nodes.forEach(({ parameters }, place) => {
    for (const name of new Set(parameters.map((one) => one.name))) {
      const list = found.get(name);
      if (list) list.push(place);
      else found.set(name, [place]);
    }
  });
  nodes.forEach(({ outputs }, place) => {
    for (const { name } of outputs) found.set(name, [place]);
  });
  return found;
}

/** `2, 6, 9` or `18-26`; the first so many of them where there are more than can be read. */
export function rangesOf(indices: readonly number[], most = 12): string {
  const parts: string[] = [];
  for (let i = 0; i < indices.length; ) {
    let end = i;
    while (indices[end + 1] === (indices[end] as number) + 1) end++;
    parts.push(end - i > 1 ? `${indices[i]}-${indices[end]}` : indices.slice(i, end + 1).join(", "));
    i = end + 1;
  }
  return parts.length > most ? `${parts.slice(0, most).join(", ")}, …` : parts.join(", ");
}
