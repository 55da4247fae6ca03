import type { Trace } from "@prune/graph";
import { axisOf, axisText, type Member, rootOf } from "@prune/graph/advanced";
import { partsOf } from "./parts.js";
import { offeredUnits } from "./prunable.js";
import { notAsked } from "./ratios.js";

/** Positions of an axis that can't leave, and why. */
export interface FrozenPositions {
  readonly tensor: string;
  /** The axis as text; the tensor alone when all of it stays. */
  readonly axis: string;
  /** How many of its positions stay for this reason. */
  readonly positions: number;
  readonly why: string;
  readonly node: string;
}

/** What can't be cut, with the reasons: axes without names first, then units that must stay, by axis and reason. */
export function frozenAxes(trace: Trace): FrozenPositions[] {
  const inside = new Map(trace.source.inside?.map(({ tensor, shape }) => [tensor, shape]));
  const list: FrozenPositions[] = trace.unnamed.map(({ tensor, dim, why, node }) => {
    const shape = trace.source.parameter(tensor) ?? inside.get(tensor) ?? [];
    const positions = dim === undefined ? shape.reduce((a, b) => a * b, 1) : (shape[dim] ?? 0);
    return { tensor, axis: dim === undefined ? tensor : `${tensor}:${dim}`, positions, why, node };
  });
  const pinned = new Map<string, FrozenPositions & { positions: number }>();
  const { units } = trace;
  for (let u = 0; u < units.count; u++) {
    const pin = units.pins[u] as number;
    if (pin === 0) continue;
    const reason = trace.whyStays(u);
    let member: Member | undefined;
    trace.eachPlace(u, (m) => {
      member ??= trace.members[m];
    });
    if (!member) continue;
    const axis = axisOf(member);
    const key = `${axisText(axis)}\n${pin}`;
    const known = pinned.get(key);
    if (known) known.positions++;
    else
      pinned.set(key, {
        tensor: axis.tensor,
        axis: axisText(axis),
        positions: 1,
        why: reason?.text ?? "",
        node: reason?.node ?? "",
      });
  }
  return [...list, ...pinned.values(), ...storedNumbers(trace).map(({ dims: _, ...frozen }) => frozen)];
}

/** Stored numbers of an axis that leave only when asked for by name. */
export interface StoredNumbers {
  readonly tensor: string;
  /** Dims of the tensor, or of a finer view of it. */
  readonly dims: readonly number[];
  readonly axis: string;
  readonly positions: number;
  readonly why: string;
  readonly node: string;
}

/** Stored numbers that no layer makes or reads, by axis. */
export const storedNumbers = (trace: Trace): StoredNumbers[] =>
  partsOf(trace).flatMap((part, f) => {
    const family = trace.families[f];
    if (part !== "numbers" || !family) return [];
    const axis = rootOf(trace, family);
    const { tensor, dims, node } = axis;
    return [
      { tensor, dims, axis: axisText(axis), positions: family.units.length, why: notAsked.numbers, node },
    ];
  });

/** How many elements of the parameters lie at positions that could leave, of how many. */
export function prunableElements(trace: Trace): { prunable: number; total: number } {
  const cut = trace.cut({ units: offeredUnits(trace), atoms: [] });
  let prunable = 0;
  let total = 0;
  const tensors = new Set<string>();
  for (const parameter of trace.parameters) {
    if (tensors.has(parameter.tensor)) continue;
    tensors.add(parameter.tensor);
    const all = parameter.shape.reduce((a, b) => a * b, 1);
    const left = cut.shapeLeft(parameter).reduce((a, b) => a * b, 1);
    total += all;
    prunable += all - left;
  }
  return { prunable, total };
}
