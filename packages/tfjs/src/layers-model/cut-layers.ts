import { type Cut, type Finding, GraphError, type GraphNode, type Trace } from "@prune/graph";
import { TfjsError } from "../errors.js";
import type { LiveLayer, LiveModel, LiveVariable } from "./live.js";
import type { LayerNode } from "./node.js";
import { type NewContents, rebuild } from "./rebuild.js";
import type { LayersModelSource } from "./source.js";

/** The model that a cut leaves: layers made again from edited settings, with what is kept of their weights. */
export function cutLayers(model: LiveModel, source: LayersModelSource, trace: Trace, cut: Cut): LiveModel {
  refuse(cut.findings);
  const contents = keptContents(source, trace, cut);
  const edits = new Map<LiveLayer, Record<string, unknown>>();
  const { patches, findings } = trace.patches(cut, (node) => concerns(trace, node, cut));
  refuse(findings);
  for (const { node: at, patch } of patches) {
    const node = source.nodes[at] as LayerNode;
    const { attributes = {} } = patch;
    edits.set(node.layer, { ...edits.get(node.layer), ...attributes });
  }
  for (const call of source.lowered.nested) resizeInputs(call, cut, edits);
  return rebuild(model, edits, contents);
}

/** A model inside the model states the sizes of its inputs: in its input layers, or in a Sequential's first layer. */
function resizeInputs(
  { model, inputs }: LayersModelSource["lowered"]["nested"][number],
  cut: Cut,
  edits: Map<LiveLayer, Record<string, unknown>>,
): void {
  model.inputs.forEach(({ shape, sourceLayer }, i) => {
    const name = inputs[i] as string;
    if (!cut.changed(name)) return;
    const now = cut.shape(name);
    const layer = model.layers.includes(sourceLayer) ? sourceLayer : (model.layers[0] as LiveLayer);
    const batchInputShape = shape.map((size, d) => (size === null ? null : now[d]));
    edits.set(layer, { ...edits.get(layer), batchInputShape });
  });
}

/** Recurrent kernels are cut by finer views, which their layouts don't show. */
const concerns = (trace: Trace, { inputs, outputs }: GraphNode, cut: Cut): boolean =>
  [...inputs, ...outputs].some((name) => cut.changed(name)) ||
  trace.parameters.some((parameter) => inputs.includes(parameter.tensor) && cut.isCut(parameter));

function keptContents({ lowered }: LayersModelSource, trace: Trace, cut: Cut): NewContents {
  const kept = new Map<LiveVariable, ReturnType<NewContents>>();
  const forms = new Map<string, string>();
  for (const parameter of trace.parameters) {
    const { tensor } = parameter;
    const selection = cut.select(parameter);
    if (!selection)
      throw new TfjsError("inconsistent-cut", { tensor, what: "its kept elements don't form a tensor" });
    const form = JSON.stringify(selection.removed);
    if ((forms.get(tensor) ?? form) !== form)
      throw new TfjsError("inconsistent-cut", {
        tensor,
        what: "calls of a shared layer lose different positions",
      });
    forms.set(tensor, form);
    const variable = lowered.variables.get(tensor);
    if (!selection.changed || !variable) continue;
    const data = Float32Array.from(variable.read().dataSync());
    const bytes = selection.copy(new Uint8Array(data.buffer), 4);
    kept.set(variable, { shape: selection.shape, data: new Float32Array(bytes.slice().buffer) });
  }
  return (variable) => kept.get(variable);
}

function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new GraphError("broken-plan", { findings });
}
