import { type Cut, liveAlong } from "./cut.js";

/** Positions of a tensor's dim (from the end where negative) that are left, in the original's coordinates; undefined where that is not known or there is no such dim. */
export type Kept = (tensor: string, dim: number) => readonly number[] | undefined;

/** Which positions of a tensor's dim a cut leaves. */
export function keptBy(cut: Cut): Kept {
  return (tensor, at) => {
    const layout = cut.layout(tensor);
    if (!layout) return undefined;
    const dim = at < 0 ? at + layout.rank : at;
    if (dim >= layout.rank) return undefined;
    const sizes = layout.factors.filter((_, f) => layout.owner[f] === dim);
    const size = sizes.reduce<number>((all, factor) => all * Number(factor), 1);
    const all = Array.from({ length: size }, (_, i) => i);
    if (!cut.changed(layout)) return all;
    const [lives] = liveAlong(layout, dim, cut.life);
    return all.filter((i) => lives?.[i]);
  };
}
