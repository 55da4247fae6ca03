import { find } from "../names/names.js";
import type { State } from "../trace/state.js";
import type { Finding } from "./finding.js";
import { gridCounts } from "./grid.js";

/** Checks names that must stay, every grid of every tensor and every row name: what removing names would break. */
export function findingsOf(state: State, life: Uint8Array): Finding[] {
  const { names, grids } = state;
  const findings = frozenFindings(state, life);
  for (const { ids, sizes, tensor } of grids.all) {
    if (ids.length === 0) continue;
    const { fault } = gridCounts(ids, sizes, life);
    if (!fault) continue;
    const text =
      fault === "empty"
        ? `nothing would be left of an axis of "${tensor}"`
        : `rows of "${tensor}" would keep different numbers of positions`;
    findings.push({ kind: fault, text, tensor, ids });
  }
  for (const { ids, rows } of names.projections) {
    const cols = ids.length / rows.length;
    for (let r = 0; r < rows.length; r++) {
      let any = 0;
      for (let i = r * cols; i < (r + 1) * cols; i++) any |= life[ids[i] as number] as number;
      if (any === (life[rows[r] as number] as number)) continue;
      const text = any
        ? "a row would lose its name but keep positions"
        : "a row that must stay would lose all its positions";
      findings.push({
        kind: "row",
        text,
        tensor: undefined,
        ids: ids.subarray(r * cols, (r + 1) * cols),
      });
      break;
    }
  }
  return findings;
}

/** One finding for each reason why something that would leave must stay. */
function frozenFindings({ names, parameters }: State, life: Uint8Array): Finding[] {
  const leaving = new Map<number, number[]>();
  for (let id = 1; id < names.count; id++) {
    const pin = names.pins[id] as number;
    if (pin === 0 || life[id] !== 0 || find(names, id) !== id) continue;
    const ids = leaving.get(pin) ?? [];
    ids.push(id);
    leaving.set(pin, ids);
  }
  return [...leaving].map(([pin, ids]) => {
    const { text: why, node } = names.reasons[pin - 1] ?? { text: "frozen", node: undefined };
    const known = new Set(ids);
    const tensor = parameters.all.find(({ selectors }) =>
      selectors.some((selector) => selector.ids.some((id) => known.has(find(names, id)))),
    )?.tensor;
    const what = `${ids.length === 1 ? "a unit" : `${ids.length} units`}${tensor === undefined ? "" : ` of "${tensor}"`}`;
    const text = `${what} must stay: ${why}${node ? ` (node "${node}")` : ""}`;
    return { kind: "frozen", text, tensor, ids: Int32Array.from(ids) };
  });
}
