import type { Finding } from "../cut/finding.js";
import { GraphError } from "../errors.js";
import type { Plan } from "../plan/plan.js";
import type { Family } from "../units/families.js";
import type { IndexedUnits } from "../units/units.js";
import { type Axis, printAxis } from "./axis.js";
import { pinAt } from "./choose.js";
import { explain } from "./explain.js";
import { printIndices } from "./index-map.js";
import { type GroupItem, itemsOf, printItem } from "./item.js";
import { lazy } from "./lazy.js";
import type { GroupContext, Trunk } from "./trunk.js";

/** What leaves together with some positions of a root axis. All of it is read lazily; nothing is ever changed. */
export interface Group {
  readonly root: Axis;
  /** The positions asked for, ascending; those that only leave with them are in `items[0]`. */
  readonly indices: readonly number[];
  /** Breadth-first from the root: parameters, and the activations between them. */
  readonly items: readonly GroupItem[];
  /** Units that these atoms are all or part of, ascending. */
  readonly units: readonly number[];
  readonly families: readonly Family[];
  /** Why some of the indices must stay. */
  readonly pinned: { readonly reason: string; readonly node: string | undefined } | undefined;
  /** Whether a cut is the same as a mask: nothing normalises or takes an extremum over the positions. */
  readonly exact: boolean;
  /** The group of other indices of the same root, without walking again. */
  slice(indices: Iterable<number>): Group;
  /** What stands against cutting this group alone. */
  check(): readonly Finding[];
  /** @throws {GraphError} `frozen` when some of the indices must stay. */
  plan(): Plan;
  toString(): string;
}

/** @param indices ascending, each once, within the root. */
export function createGroup(context: GroupContext, trunk: Trunk, indices: readonly number[]): Group {
  const { choice } = trunk;
  const { names } = context.paths.state;
  const root = choice.root.axis;
  const { units } = context;
  const keeps = new Uint8Array(choice.atoms.length);
  const frozen: number[] = [];
  for (const i of indices) {
    const slot = choice.slotAt[i] as number;
    if (slot < 0) frozen.push(i);
    else keeps[slot] = 1;
  }
  const chosen = (list: Int32Array): Int32Array => list.filter((_, slot) => keeps[slot] === 1);
  const unitsOf = lazy((): number[] => {
    const found = new Set(Array.from(chosen(choice.numbers), (k) => units.unitOf[k] as number));
    return [...found].sort((a, b) => a - b);
  });
  const reasons = lazy(() => {
    if (frozen.length === 0) return undefined;
    const pin = pinAt(names, choice.root, frozen[0] as number);
    const why = names.reasons[pin - 1];
    return {
      reason: why?.text ?? `no ${trunk.kind} to leave by`,
      node: why?.node,
    };
  });
  const items = lazy(() => itemsOf(trunk, keeps, indices));

  const group: Group = {
    root,
    indices,
    get items() {
      return items();
    },
    get units() {
      return unitsOf();
    },
    get families() {
      const found = unitsOf().map((u) => context.familyOf[u]);
      return [...new Set(found.filter((family) => family !== undefined))];
    },
    get pinned() {
      return reasons();
    },
    get exact() {
      return chosen(choice.atoms).every((atom) => names.notes[atom] === 0);
    },
    slice: (some) => createGroup(context, trunk, indicesWithin(root, some)),
    check() {
      const findings: Finding[] = [];
      const why = reasons();
      if (why) {
        const text = `${printIndices(frozen)} of ${printAxis(root)} must stay: ${why.reason}${at(why.node)}`;
        findings.push({ kind: "frozen", text, tensor: root.tensor, ids: new Int32Array() });
      }
      if (unitsOf().length === 0) return findings;
      const found = context.cut(planOf(units, unitsOf(), chosen(choice.atoms))).findings;
      return [...findings, ...explain(context, choice, keeps, found)];
    },
    plan() {
      const why = reasons();
      if (why) {
        const text = `${why.reason}${at(why.node)}`;
        throw new GraphError("frozen", { tensor: root.tensor, dim: root.dims[0] ?? 0, why: text });
      }
      return planOf(units, unitsOf(), chosen(choice.atoms));
    },
    toString() {
      const head = `${printAxis(root)}, ${trunk.kind} [${printIndices(indices)}]`;
      const why = reasons();
      const stays = why ? [`  [${printIndices(frozen)}] must stay: ${why.reason}${at(why.node)}`] : [];
      return [head, ...stays, ...items().map((item) => `  ${printItem(item)}`)].join("\n");
    },
  };
  return group;
}

const at = (node: string | undefined): string => (node ? ` (node "${node}")` : "");

/** Ascending, each once. */
export function indicesWithin({ tensor, dims, size }: Axis, indices: Iterable<number>): number[] {
  const found = new Set(indices);
  for (const index of found)
    if (!Number.isInteger(index) || index < 0 || index >= size)
      throw new GraphError("index-range", { tensor, dim: dims[0] ?? 0, index, size });
  return [...found].sort((a, b) => a - b);
}

/** Units whose atoms are all chosen leave whole; the others leave in part. */
function planOf(units: IndexedUnits, touched: readonly number[], atoms: Int32Array): Plan {
  const chosen = new Set(atoms);
  const members = (u: number): Int32Array =>
    units.atoms.subarray(units.start[u] as number, units.start[u + 1] as number);
  const whole = touched.filter((u) => members(u).every((atom) => chosen.has(atom)));
  for (const u of whole) for (const atom of members(u)) chosen.delete(atom);
  return { units: whole, atoms: [...chosen].sort((a, b) => a - b) };
}
