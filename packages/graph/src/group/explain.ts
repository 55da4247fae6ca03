import type { Finding } from "../cut/finding.js";
import { printAxis } from "./axis.js";
import type { Choice } from "./choose.js";
import { printIndices } from "./index-map.js";
import type { GroupContext } from "./trunk.js";

/** Each finding once; the first about uneven rows says which other positions would make them even. */
export function explain(
  context: GroupContext,
  choice: Choice,
  keeps: Uint8Array,
  findings: readonly Finding[],
): Finding[] {
  const distinct = findings.filter(({ text }, i) => findings.findIndex((other) => other.text === text) === i);
  const uneven = distinct.findIndex(({ kind }) => kind === "irregular" || kind === "row");
  const mates = uneven < 0 ? [] : matesOf(context, choice, keeps);
  if (mates.length === 0) return distinct;
  const hint = `[${printIndices(mates)}] of ${printAxis(choice.root.axis)} leave with them by default`;
  return distinct.map((finding, i) =>
    i === uneven ? { ...finding, text: `${finding.text}; ${hint}` } : finding,
  );
}

/** Positions of the root that are in a unit of which only a part leaves. */
function matesOf({ units }: GroupContext, { numbers, slotAt }: Choice, keeps: Uint8Array): number[] {
  const unitAt = (slot: number): number => units.unitOf[numbers[slot] as number] as number;
  const touched = new Set<number>();
  keeps.forEach((kept, slot) => {
    if (kept === 1) touched.add(unitAt(slot));
  });
  return [...slotAt.keys()].filter((i) => {
    const slot = slotAt[i] as number;
    return slot >= 0 && keeps[slot] === 0 && touched.has(unitAt(slot));
  });
}
