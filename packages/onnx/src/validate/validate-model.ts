import { OnnxError } from "../errors.js";
import type { Graph, Model } from "../model.js";
import { nameOf, order, subgraphs } from "../order.js";
import { checkNode } from "./check-node.js";

const oldestIr = 3;
/** Far above any real version: such a number comes from damage. */
const absurdVersion = 1000;

/** Throws a typed error unless the model's versions are ones we read and its graphs are sound. */
export function validate(model: Model): void {
  const { irVersion, opsets, graph } = model;
  if (!(irVersion >= oldestIr && irVersion < absurdVersion)) throw unsupported("IR version", irVersion);
  for (const [domain, version] of opsets) {
    if (!(version >= 1) || (domain === "" && version > absurdVersion))
      throw unsupported(`opset of domain "${domain || "ai.onnx"}"`, version);
  }
  // Runtimes know their own domains, so only the operators of ONNX itself need their version.
  const user = graph.nodes.find(({ domain }) => domain === "" && !opsets.has(domain));
  if (opsets.size === 0 || user !== undefined) {
    throw new OnnxError("no-opset", {
      domain: user?.domain ?? "",
      node: user === undefined ? "" : nameOf(user),
    });
  }
  validateGraph(graph, () => false);
}

const unsupported = (what: string, version: number): OnnxError =>
  new OnnxError("unsupported-version", { what, version });

function validateGraph(graph: Graph, outside: (tensor: string) => boolean): void {
  const own = uniqueNames(graph);
  const known = (tensor: string): boolean => tensor === "" || own.has(tensor) || outside(tensor);
  for (const node of graph.nodes) {
    const tensor = node.inputs.find((input) => !known(input));
    if (tensor !== undefined)
      throw new OnnxError("dangling-input", { tensor, node: `Node "${nameOf(node)}"` });
    for (const subgraph of subgraphs(node)) validateGraph(subgraph, known);
  }
  const output = graph.outputs.find(({ name }) => !known(name));
  if (output !== undefined) {
    throw new OnnxError("dangling-input", {
      tensor: output.name,
      node: `The output list of graph "${graph.name}"`,
    });
  }
  order(graph);
  for (const node of graph.nodes) checkNode(node);
}

/** Every name that a graph itself gives a tensor; an input may share its name with an initializer, its default. */
function uniqueNames(graph: Graph): ReadonlySet<string> {
  const names = new Set<string>();
  const define = (tensor: string): void => {
    if (names.has(tensor)) throw new OnnxError("duplicate-name", { tensor, graph: graph.name });
    names.add(tensor);
  };
  for (const { name } of [...graph.inputs, ...graph.outputs])
    if (name === "")
      throw new OnnxError("malformed", {
        where: `graph "${graph.name}"`,
        why: "an input or output has no name",
      });
  for (const { name } of graph.inputs) define(name);
  for (const name of graph.initializers.keys()) names.add(name);
  for (const name of graph.sparseInitializers ?? []) names.add(name);
  for (const { outputs } of graph.nodes) for (const name of outputs) if (name !== "") define(name);
  return names;
}
