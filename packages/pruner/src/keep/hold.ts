import { PrunerError } from "../errors.js";
import type { Bar, JudgedModel, KeepEstimate } from "./judged-model.js";

/** What has to hold: at least this agreement; at least this accuracy, or a change of it where 0 or below. */
export type Hold =
  | { readonly agreement: number; readonly accuracy?: never }
  | { readonly accuracy: number; readonly agreement?: never };

export function barOf(hold: Hold): Bar {
  const { agreement, accuracy } = hold;
  if (agreement !== undefined && accuracy !== undefined)
    throw new PrunerError("contradiction", {
      options: ["keep.agreement", "keep.accuracy"],
      why: "one of them is held",
    });
  if (agreement !== undefined) {
    if (!(agreement > 0 && agreement <= 1))
      throw new PrunerError("bad-option", {
        option: "keep.agreement",
        value: agreement,
        want: "a share above 0, at most 1",
      });
    return { measure: "agreement", least: agreement };
  }
  if (accuracy === undefined || !(accuracy > -1 && accuracy <= 1))
    throw new PrunerError("bad-option", {
      option: "keep.accuracy",
      value: accuracy,
      want: "a share above 0, at most 1, or a change from 0 down to -1",
    });
  return { measure: accuracy > 0 ? "accuracy" : "change", least: accuracy };
}

/** The estimate that a bar is about. */
export function heldBy(judged: JudgedModel, { measure }: Bar): KeepEstimate {
  const found = judged[measure];
  if (!found)
    throw new PrunerError("bad-option", {
      option: "keep.accuracy",
      value: "no labels",
      want: "for labelled samples; without labels, keep an agreement",
    });
  return found;
}

/** Rounding aside. */
export const holds = (judged: JudgedModel, bar: Bar): boolean =>
  heldBy(judged, bar).value >= bar.least - 1e-12;

/** Standard errors that an estimate may fall short by: chance alone takes one in 44 further. */
const noise = 2;

/** Whether an estimate falls short by no more than what chance does; of one sample nothing is known. */
export function holdsWithinNoise(judged: JudgedModel, bar: Bar): boolean {
  const { standardError } = heldBy(judged, bar);
  return holds(judged, bar) || !(heldBy(judged, bar).value + noise * standardError < bar.least);
}
