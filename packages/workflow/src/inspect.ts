import type { Cut, Trace } from "@prune/graph";
import type { Opened } from "./format.js";
import type { InspectedGroup, Inspection } from "./reports/inspection.js";

/** What can be cut of a model. */
export function inspect<Model>(opened: Opened<Model>): Inspection {
  const { path, model, backend, trace, kind, inlined } = opened;
  const blocks = opened.blocks?.() ?? [];
  const cost = backend.cost(model, trace);
  const parameters = cost.parameters - backend.cost(model, trace, cutOfAll(trace)).parameters;
  return {
    model: path,
    ...kind,
    ...(inlined && { inlined }),
    cost,
    prunable: { parameters, share: cost.parameters === 0 ? 0 : parameters / cost.parameters },
    groups: groupsOf(trace),
    ...(blocks.length > 0 && { blocks }),
    frozen: trace.frozen(),
  };
}

const groupsOf = (trace: Trace): InspectedGroup[] =>
  trace.groups().map(({ root: { tensor, dims, view }, families, exact }) => ({
    root: `${tensor}:${dims.join(",")}${view ? ` of [${view.join(", ")}]` : ""}`,
    kind: families[0]?.kind ?? "channels",
    units: families.reduce((sum, { units }) => sum + units.length, 0),
    exact,
  }));

/** The cut of everything that may leave: what is left of a parameter then is not prunable. */
const cutOfAll = (trace: Trace): Cut =>
  trace.cut({ units: trace.families.flatMap(({ units }) => Array.from(units)), atoms: [] });
