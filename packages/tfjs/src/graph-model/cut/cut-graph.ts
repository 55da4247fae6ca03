import { type Cut, type Finding, GraphError, type Trace } from "@prune/graph";
import type { GraphModel } from "../../model.js";
import type { Contents } from "../contents/contents.js";
import { compensate, type Norms } from "../norms/compensate.js";
import type { GraphModelSource } from "../source.js";
import { createDraft } from "./draft.js";
import { keepShapes, patchNodes } from "./operands.js";
import { cutParameters, keepComputed } from "./parameters.js";
import { recomputed } from "./recomputed.js";

/** The model that a cut leaves; refuses a cut with findings. */
export function cutGraph(
  model: GraphModel,
  source: GraphModelSource,
  trace: Trace,
  cut: Cut,
  norms: Norms = "live",
): GraphModel {
  refuse(cut.findings);
  const draft = createDraft(model);
  const again = recomputed(source, trace, cut);
  const value = (name: string): Contents | undefined =>
    again.names.has(name) ? again.value(name) : source.value(name);
  const inPlace = cutParameters(model, source, trace, cut, { draft, value });
  keepComputed(source, trace, inPlace, { draft, value });
  keepShapes(source, trace, cut, draft);
  refuse(patchNodes(source, trace, cut, draft));
  if (norms === "masked") compensate(source, trace, cut, draft);
  return draft.finish();
}

function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new GraphError("broken-plan", { findings });
}
