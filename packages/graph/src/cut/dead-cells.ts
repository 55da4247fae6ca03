import type { Selector } from "../trace/value.js";
import type { Cut } from "./cut.js";

/**
 * Visits the elements of a stored tensor that a cut removes by any of its selectors, in the order of their numbers;
 * undefined where it removes none.
 */
export function deadCells(
  selectors: readonly Selector[],
  removing: Pick<Cut, "living">,
): ((visit: (element: number) => void) => void) | undefined {
  const dead = selectors.flatMap((selector) => {
    const living = removing.living(selector.ids);
    return living ? [{ selector, living }] : [];
  });
  if (dead.length === 0) return undefined;
  return (visit) => {
    for (const { selector, living } of dead) {
      const { view, dims } = selector;
      const steps = view.map((_, d) => {
        const at = dims.indexOf(d);
        return at < 0 ? 0 : dims.slice(at + 1).reduce((n, e) => n * (view[e] as number), 1);
      });
      eachCell(view, steps, (cell, name) => {
        if (living[name] === 0) visit(cell);
      });
    }
  };
}

/** Visits the cells of a grid in order, with the sum of their coordinates times steps. */
function eachCell(
  sizes: readonly number[],
  steps: readonly number[],
  visit: (cell: number, at: number) => void,
): void {
  const total = sizes.reduce((a, b) => a * b, 1);
  const place = new Array<number>(sizes.length).fill(0);
  let at = 0;
  for (let cell = 0; cell < total; cell++) {
    visit(cell, at);
    for (let d = sizes.length - 1; d >= 0; d--) {
      at += steps[d] as number;
      if (++(place[d] as number) < (sizes[d] as number)) break;
      at -= (steps[d] as number) * (sizes[d] as number);
      place[d] = 0;
    }
  }
}
