import type { Group, Trace } from "@prune/graph";
import { axisOf, axisText, nearest, type ParameterAxis, rootOf } from "@prune/graph/advanced";
import { PrunerError } from "./errors.js";
import { type Part, partsOf } from "./parts.js";

const words: Readonly<Record<Part, string>> = {
  channels: "channel",
  columns: "dim",
  rows: "head",
  copies: "query head",
  numbers: "number",
};

interface Names {
  readonly byUnit: ReadonlyMap<number, string>;
  readonly byName: ReadonlyMap<string, number>;
}

const known = new WeakMap<Trace, Names>();

/**
 * What a unit is called: the layer that makes it, the part that it plays and its number there, "conv1 channel 3". A
 * channel's number is its position along the axis; heads and what spreads over several positions are counted. Two
 * families of one layer are told apart by their axes: "qkv.weight:0 of [3, 8, 32] head 2".
 */
export function unitText(trace: Trace, unit: number): string {
  const text = namesOf(trace).byUnit.get(unit);
  if (text === undefined) throw new PrunerError("no-unit", { unit: String(unit), names: [] });
  return text;
}

/** The unit of a name that `unitText` gives. */
export function unitNamed(trace: Trace, name: string): number {
  const { byName } = namesOf(trace);
  const unit = byName.get(name);
  if (unit === undefined)
    throw new PrunerError("no-unit", { unit: name, names: nearest(name, byName.keys(), 2) });
  return unit;
}

/** All that leaves with a unit, breadth-first from the axis that makes it. */
export function groupOfUnit(trace: Trace, unit: number): Group {
  const family = trace.families.find(({ units }) => units.includes(unit));
  if (!family) throw new PrunerError("no-unit", { unit: String(unit), names: [] });
  const root = rootOf(trace, family);
  const isRoot = ({ dims, view }: Pick<ParameterAxis, "dims" | "view">): boolean =>
    String(dims) === String(root.dims) && String(view) === String(root.view);
  const axis = trace.axes(root.tensor).find(isRoot);
  const [dim = 0] = root.dims;
  const positions: number[] = [];
  trace.eachPlace(unit, (m, position) => {
    const member = trace.members[m];
    if (member?.parameter.tensor === root.tensor && isRoot(axisOf(member))) positions.push(position);
  });
  return trace.group(axis ?? { tensor: root.tensor, dim }, positions, { family });
}

function namesOf(trace: Trace): Names {
  const found = known.get(trace);
  if (found) return found;
  const parts = partsOf(trace);
  const layers = trace.families.map((family) => layerOf(rootOf(trace, family).tensor));
  const keys = trace.families.map(({ id }, i) => `${layers[i]} ${words[parts[id] ?? "channels"]}`);
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const byUnit = new Map<number, string>();
  const byName = new Map<string, number>();
  trace.families.forEach((family, i) => {
    const isOnly = counts.get(keys[i] as string) === 1;
    const axis = rootOf(trace, family);
    const start = isOnly ? keys[i] : `${axisText(axis)} ${words[parts[family.id] ?? "channels"]}`;
    const member = family.members.find((m) => {
      const at = trace.members[m];
      return at?.parameter.tensor === axis.tensor && String(at.selector.dims) === String(axis.dims);
    });
    family.units.forEach((unit, nth) => {
      const positions: number[] = [];
      trace.eachPlace(unit, (m, position) => m === member && positions.push(position));
      const name = `${start} ${positions.length === 1 ? positions[0] : nth}`;
      byUnit.set(unit, name);
      byName.set(name, unit);
    });
  });
  const names = { byUnit, byName };
  known.set(trace, names);
  return names;
}

/** "layer1.0.conv1" of "layer1.0.conv1.weight". */
const layerOf = (tensor: string): string => tensor.replace(/[./](weight|kernel|W|bias)(:0)?$/, "") || tensor;
