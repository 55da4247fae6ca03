import { GraphError } from "../errors.js";
import type { Cost } from "../plan/plug-in.js";
import { uncountedText } from "./uncounted.js";

/** Multiply-accumulates of a model. @throws GraphError `unknown-macs` where they can't be told, with the reason. */
export function macsOf({ macs, uncounted }: Cost): number {
  if (macs === null) throw new GraphError("unknown-macs", { uncounted });
  return macs;
}

/** By how much the share that is left may differ between two sizes before that is said. */
const tolerance = 0.01;

/**
 * What MACs were counted at, for people; undefined where a model leaves nothing open that they depend on. With what a
 * cut leaves, also whether that is another share where sizes are twice as large.
 */
export function countedText(before: Cost, after?: Cost): string | undefined {
  const { sizes = [], uncounted } = before;
  if (uncounted) return uncountedText(uncounted);
  if (sizes.length === 0) return undefined;
  const list = sizes.map(({ name, size, from }) => `${name} = ${size} (${origins[from]})`);
  const shown = list.length > 8 ? [...list.slice(0, 8), `and ${list.length - 8} more`] : list;
  const shares = after && sharesOf(before, after);
  const other =
    shares && Math.abs(shares.twice / shares.once - 1) > tolerance
      ? `; at twice these sizes ${percent(shares.twice)} are left, not ${percent(shares.once)}`
      : "";
  return `MACs are counted at ${shown.join(", ")}${other}`;
}

const origins = { given: "given", samples: "as the samples", assumed: "assumed" } as const;

function sharesOf(before: Cost, after: Cost): { readonly once: number; readonly twice: number } | undefined {
  const [a, b, c, d] = [before.macs, after.macs, before.macsAtTwice, after.macsAtTwice];
  return a && b !== null && c && d !== undefined ? { once: b / a, twice: d / c } : undefined;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
