import { type Cut, PruneError, type State } from "@prune/graph";
import type { GraphModel } from "../../model.js";
import type { GraphModelSource } from "../source.js";
import { createDraft } from "./draft.js";
import { keepShapes, patchNodes } from "./operands.js";
import { cutParameters, keepComputed } from "./parameters.js";

/** The model that a cut leaves; refuses a cut with findings. */
export function cutGraph(model: GraphModel, source: GraphModelSource, state: State, cut: Cut): GraphModel {
  refuse(cut);
  const draft = createDraft(model);
  const inPlace = cutParameters(model, source, state, cut, draft);
  keepComputed(source, state, inPlace, draft);
  keepShapes(source, state, cut, draft);
  patchNodes(source, state, cut, draft);
  refuse(cut);
  return draft.finish();
}

function refuse({ findings }: Cut): void {
  if (findings.length > 0)
    throw new PruneError("broken-plan", { findings: findings.map(({ text }) => text) });
}
