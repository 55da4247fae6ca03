import { createDraft, finish } from "../cut/draft.js";
import type { GraphEdit, Model } from "../model.js";

/** The model with some of its tensors as outputs too. */
export function observed(model: Model, tensors: readonly string[]): GraphEdit {
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  const edit = finish(createDraft(model), new Set(), () => false);
  return { ...edit, ends: { inputs: [], outputs: tensors.filter((name) => !outputs.has(name)) } };
}

/** A model that is fed some of its own tensors, so that what follows from them can be judged by itself. */
export interface Anchored {
  readonly edit: GraphEdit;
  /** By tensor: the input that its values are given at, and the output that has what the model itself makes of it. */
  readonly anchors: ReadonlyMap<string, { readonly given: string; readonly made: string }>;
}

/**
 * The model with some of its tensors given: whoever reads one reads what is fed, and what would have been read is an
 * output. Tensors that the model doesn't make are left out.
 */
export function anchored(
  model: Model,
  tensors: readonly { readonly name: string; readonly elementType: number }[],
): Anchored {
  const draft = createDraft(model);
  const anchors = new Map<string, { readonly given: string; readonly made: string }>();
  const inputs: { readonly name: string; readonly elementType: number }[] = [];
  const wanted = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  for (const node of model.graph.nodes) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    const outputs = node.outputs.map((name) => {
      const tensor = wanted.get(name);
      if (!tensor) return name;
      const [given, made] = [draft.unused(`${name}_given`), draft.unused(`${name}_made`)];
      anchors.set(name, { given, made });
      inputs.push({ name: given, elementType: tensor.elementType });
      draft.inserted.push({
        before: node.index,
        node: {
          name: draft.unused(`${name}_read`),
          op: "Identity",
          domain: "",
          inputs: [given],
          outputs: [name],
          attributes: new Map(),
        },
      });
      return made;
    });
    draft.edit(node.index, { outputs });
  }
  const edit = finish(draft, new Set(), () => false);
  return {
    edit: { ...edit, ends: { inputs, outputs: [...anchors.values()].map(({ made }) => made) } },
    anchors,
  };
}
