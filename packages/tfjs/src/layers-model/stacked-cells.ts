import type * as Layers from "@tensorflow/tfjs-layers";

interface Cell {
  setFastWeightInitDuringBuild?(value: boolean): void;
}

/**
 * StackedRNNCells of tfjs 4.22 doesn't pass on to its cells that initial values need not be drawn, because stored ones
 * follow: drawing them is slow, and default (orthogonal) ones use chained operators that may not be there.
 */
export function passOnFastInit({ layers }: Pick<typeof Layers, "layers">): void {
  const stacked = layers.stackedRNNCells({ cells: [layers.simpleRNNCell({ units: 1 })] });
  const prototype = Object.getPrototypeOf(stacked) as Cell & { readonly cells: readonly Cell[] };
  if (Object.hasOwn(prototype, "setFastWeightInitDuringBuild")) return;
  const own = prototype.setFastWeightInitDuringBuild;
  prototype.setFastWeightInitDuringBuild = function (this: typeof prototype, value: boolean): void {
    own?.call(this, value);
    for (const cell of this.cells) cell.setFastWeightInitDuringBuild?.(value);
  };
}
