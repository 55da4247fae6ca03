import type { NetworkBlock } from "../blocks.js";
import type { Amounts } from "./amounts.js";

/** What the colour of a box stands for. */
export type ColourBy = "macs" | "parameters" | "removed" | "frozen" | "sensitivity";

/** 0 to 1 for a child of a picture; undefined where there is nothing to show. */
export type Shade = (child: number | NetworkBlock) => number | undefined;

/**
 * What the colours of a picture stand for: amounts of nodes and blocks, and where it was measured their sensitivity.
 */
export interface ShadeOptions {
  readonly of: (child: number | NetworkBlock) => Amounts;
  readonly root: NetworkBlock;
  /** Loss of accuracy by node, 0 to 1, where it was measured; a block has that of its worst node. */
  readonly sensitivity?: ReadonlyMap<number, number> | undefined;
}

/** The shade of each box: shares of the dearest one of its kind, so that a block and a node can be compared each with its like. */
export function shadeBy(by: ColourBy, { of, root, sensitivity }: ShadeOptions): Shade {
  const dearest = { node: 0, block: 0 };
  const amount = (child: number | NetworkBlock): number =>
    by === "macs" ? (of(child).macs ?? 0) : of(child).weights;
  const visit = (block: NetworkBlock): void => {
    for (const child of block.children) {
      const kind = typeof child === "number" ? "node" : "block";
      dearest[kind] = Math.max(dearest[kind], amount(child));
      if (typeof child !== "number") visit(child);
    }
  };
  visit(root);
  const worst = (child: number | NetworkBlock): number | undefined =>
    typeof child === "number"
      ? sensitivity?.get(child)
      : child.children.reduce<number | undefined>((most, inner) => {
          const own = worst(inner);
          return own === undefined ? most : Math.max(own, most ?? 0);
        }, undefined);
  return (child) => {
    const { weights, weightsAfter, frozen, nodes } = of(child);
    switch (by) {
      case "macs":
      case "parameters": {
        const most = dearest[typeof child === "number" ? "node" : "block"];
        const own = amount(child);
        return own === 0 || most === 0 ? undefined : Math.sqrt(own / most);
      }
      case "removed":
        return weights === 0 ? undefined : 1 - weightsAfter / weights;
      case "frozen":
        return frozen === 0 ? undefined : typeof child === "number" ? 1 : frozen / nodes;
      case "sensitivity":
        return worst(child);
    }
  };
}

type Rgb = readonly [number, number, number];

/** Stops of scales that are told apart with any colour vision: cividis (Nuñez et al. 2018), light to dark and back. */
const light: readonly Rgb[] = [
  [236, 240, 246],
  [178, 196, 222],
  [112, 146, 190],
  [58, 96, 150],
  [18, 52, 100],
];
const dark: readonly Rgb[] = [
  [40, 47, 58],
  [45, 73, 110],
  [66, 112, 163],
  [112, 158, 204],
  [180, 211, 240],
];

/** The colour of a shade, and whether text on it is dark. */
export function colourOf(
  shade: number,
  theme: "light" | "dark",
): { readonly fill: string; readonly darkText: boolean } {
  const stops = theme === "light" ? light : dark;
  const at = Math.min(1, Math.max(0, shade)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const [a, b] = [stops[low] as Rgb, stops[low + 1] as Rgb];
  const mixed = a.map((value, i) => Math.round(value + (at - low) * ((b[i] as number) - value)));
  const [r = 0, g = 0, b2 = 0] = mixed;
  return { fill: `rgb(${mixed.join(" ")})`, darkText: 0.299 * r + 0.587 * g + 0.114 * b2 > 140 };
}
