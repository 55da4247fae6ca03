import type { FrozenAxis, Trace } from "@prune/graph";
import { axisText } from "@prune/graph/advanced";
import { partsOf, prunableOf, storedNumbers } from "@prune/pruner/advanced";
import type { Opened } from "./format.js";
import type { InspectedGroup, Inspection } from "./reports/inspection.js";

/** What can be cut of a model. */
export function inspect<Model>(opened: Opened<Model>): Inspection {
  const { path, model, backend, trace, kind, inlined } = opened;
  const blocks = opened.blocks?.() ?? [];
  const cost = backend.cost(model, trace);
  return {
    model: path,
    ...kind,
    ...(inlined && { inlined }),
    cost,
    prunable: prunableOf(model, backend, trace, cost),
    groups: groupsOf(trace),
    ...(blocks.length > 0 && { blocks }),
    frozen: [...trace.frozen(), ...numbersOf(trace)],
  };
}

/** Groups of which something may leave without being asked for by name. */
function groupsOf(trace: Trace): InspectedGroup[] {
  const parts = partsOf(trace);
  return trace.groups().flatMap(({ root, families, exact }) => {
    const offered = families.filter(({ id }) => parts[id] !== "numbers");
    if (offered.length === 0) return [];
    return [
      {
        root: axisText(root),
        kind: offered[0]?.kind ?? "channels",
        units: offered.reduce((sum, { units }) => sum + units.length, 0),
        exact,
      },
    ];
  });
}

/** Stored numbers that leave only when asked for by name. */
const numbersOf = (trace: Trace): FrozenAxis[] =>
  storedNumbers(trace).map(({ tensor, dims, positions, why, node }) => ({
    tensor,
    dim: dims[0] ?? 0,
    size: positions,
    share: 1,
    reason: why,
    node: node || undefined,
  }));
