import { type Dim, product } from "../names/dim.js";

/**
 * The dim of a shape that each dim of a finer view lies in: `[6, 4]` as `[2, 3, 4]` gives `[0, 0, 1]`. Every dim of the
 * shape has at least one of the view, and what is left over at the end, of size 1, belongs to the last.
 *
 * @returns undefined when the view is no refinement of the shape: some dim of it would span two.
 */
export function refinement(shape: readonly Dim[], view: readonly Dim[]): number[] | undefined {
  const owners: number[] = [];
  for (let dim = 0; dim < shape.length; dim++) {
    const size = shape[dim] as Dim;
    let part: Dim = 1;
    for (let first = true; owners.length < view.length && (first || part !== size); first = false) {
      part = times(part, view[owners.length] as Dim);
      owners.push(dim);
    }
    if (part !== size) return undefined;
  }
  for (let i = owners.length; i < view.length; i++) {
    if (view[i] !== 1) return undefined;
    owners.push(shape.length - 1);
  }
  return owners;
}

const times = (a: Dim, b: Dim): Dim =>
  typeof a === "number" && typeof b === "number" ? a * b : product([a, b]);

/** The same for a view that is known to refine the shape, as those of selectors do. */
export function ownersOfView(shape: readonly number[], view: readonly number[]): number[] {
  const owners = refinement(shape, view);
  if (!owners) throw new RangeError(`[${view}] does not refine [${shape}]`);
  return owners;
}
