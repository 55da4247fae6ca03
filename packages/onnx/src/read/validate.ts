import { OnnxError } from "../errors.js";
import type { Graph, Model } from "../model.js";
import { definitions, nameOf, order, subgraphs } from "../order.js";

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
  validateGraph(graph, new Set());
}

const unsupported = (what: string, version: number): OnnxError =>
  new OnnxError("unsupported-version", { what, version });

function validateGraph(graph: Graph, outer: ReadonlySet<string>): void {
  checkUnique(graph);
  const visible = new Set(outer);
  for (const name of definitions(graph)) visible.add(name);
  const check = (tensor: string, node: string): void => {
    if (tensor !== "" && !visible.has(tensor)) throw new OnnxError("dangling-input", { tensor, node });
  };
  for (const node of graph.nodes) {
    for (const input of node.inputs) check(input, `Node "${nameOf(node)}"`);
    for (const subgraph of subgraphs(node)) validateGraph(subgraph, visible);
  }
  for (const { name } of graph.outputs) check(name, `The output list of graph "${graph.name}"`);
  order(graph);
}

function checkUnique(graph: Graph): void {
  const seen = new Set<string>();
  const define = (tensor: string): void => {
    if (seen.has(tensor)) throw new OnnxError("duplicate-name", { tensor, graph: graph.name });
    seen.add(tensor);
  };
  for (const { name } of graph.inputs) define(name);
  const inputs = new Set(seen);
  // An input may share its name with an initializer, which is then its default.
  for (const name of [...graph.initializers.keys(), ...(graph.sparseInitializers ?? [])])
    if (!inputs.has(name)) define(name);
  for (const { outputs } of graph.nodes) for (const name of outputs) if (name !== "") define(name);
}
