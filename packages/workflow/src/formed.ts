import type { Recipe } from "@prune/pruner";
import { badOption, WorkflowError } from "./errors.js";
import type { Form, Opened } from "./format.js";

/** A model that is cut in another form than the usual one. */
export function formed<Model, Edit>(opened: Opened<Model, Edit>, form: Form): Opened<Model, Edit> {
  if (!opened.formed) throw badOption("norms", "it needs an ONNX model or a GraphModel");
  if (form.blocks && form.blocks.length > 0 && !opened.blocks)
    throw badOption("blocks", "it needs an ONNX model");
  return opened.formed(form);
}

/** A model that is cut as a recipe says. */
export function formedBy<Model, Edit>(
  opened: Opened<Model, Edit>,
  { form, source }: Pick<Recipe, "form" | "source">,
): Opened<Model, Edit> {
  if (!form) return opened;
  const { norms = "live", blocks = [], caches = "stay", ...rest } = form;
  const [unknown] = Object.keys(rest);
  const isKnown = norms === "live" || norms === "masked";
  const areKnown = caches === "stay" || caches === "leave";
  if (unknown !== undefined || !isKnown || !areKnown || !isNames(blocks))
    throw new WorkflowError("recipe-mismatch", {
      path: source.backend,
      why: `it says ${JSON.stringify(form)} of how the cut is made, which this version doesn't know`,
    });
  return formed(opened, { norms, blocks, caches });
}

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === "string");
