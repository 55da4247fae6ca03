import { type Model, modelToBytes, noEdit, readModel } from "@prune/onnx";
import {
  type NewNode,
  type Node,
  type NodeEdit,
  type TensorFacts,
  tensorFacts,
  type Wiring,
  wiringOf,
} from "@prune/onnx/advanced";
import { type Decomposition, openFused } from "./decompose/decomposition.js";
import { decompositions } from "./decompose/decompositions.js";
import { foldedNorm } from "./decompose/folded-norm.js";
import { elementType } from "./graph/element-type.js";
import { createKit, Unemitted } from "./graph/kit.js";
import { freePrefix } from "./graph/prefix.js";
import { keyOf } from "./rules/step.js";

/** A model of plain nodes in full precision, and the tensors that stand for those stored in half. */
export interface Plain {
  readonly model: Model;
  readonly facts: TensorFacts;
  /** By the stored tensor's name, the tensor that holds it in full precision. */
  readonly wide: ReadonlyMap<string, string>;
}

interface Insertion {
  readonly before: number;
  readonly node: NewNode;
}

const halves: ReadonlySet<string> = new Set(["float16", "bfloat16"]);
const isHalf = (type: string | undefined): boolean => type !== undefined && halves.has(type);

/** Writes fused nodes as plain ones, and computes in float32 what was computed in half. */
export function plain(model: Model): Plain {
  const stored = tensorFacts(model);
  const { wide, casts } = widened(model, stored);
  const facts: TensorFacts = {
    ...stored,
    type: (name) => (isHalf(stored.type(name)) ? "float32" : stored.type(name)),
    shape: (name) => stored.shape(name.endsWith(wideEnding) ? name.slice(0, -wideEnding.length) : name),
  };
  const kit = createKit(facts, model.opsets.get("") ?? 13, freePrefix(model, "plain."));
  const nodes = new Map<number, NodeEdit | null>();
  const inserted: Insertion[] = [...casts];
  const widely = (names: readonly string[]): string[] => names.map((name) => wide.get(name) ?? name);
  const wiring = wiringOf(model);
  const writerOf = (node: Node): Decomposition | undefined => {
    const convolution = convolutionBefore(node, wiring);
    if (convolution)
      return (n, k) => foldedNorm(n, { ...convolution, inputs: widely(convolution.inputs) }, k);
    const key = keyOf(node);
    return Object.hasOwn(decompositions, key) ? decompositions[key] : undefined;
  };
  for (const node of facts.nodes) {
    const inputs = widely(node.inputs);
    const edit: NodeEdit = {
      ...(inputs.some((name, i) => name !== node.inputs[i]) && { inputs }),
      ...(castsToHalf(node.attributes.get("to")) && {
        attributes: new Map([["to", elementType("float32")]]),
      }),
    };
    if (Object.keys(edit).length > 0) nodes.set(node.index, edit);
    const write = writerOf(node);
    if (!write) continue;
    const first = kit.emitted().nodes.length;
    try {
      const outputs = write(openFused({ ...node, inputs }, kit), kit);
      node.outputs.forEach((name, i) => {
        if (name === "") return;
        if (!outputs[i]) throw new Unemitted("it has an output of its own");
        kit.named(outputs[i] as string, name);
      });
    } catch (error) {
      // It stays as it is; where its gradient is asked for, that is where it stops.
      if (!(error instanceof Unemitted)) throw error;
      continue;
    }
    nodes.set(node.index, null);
    for (const made of kit.emitted().nodes.slice(first)) inserted.push({ before: node.index, node: made });
  }
  if (nodes.size + inserted.length === 0) return { model, facts: stored, wide };
  const added = kit.emitted().tensors;
  const edit = { ...noEdit, nodes, inserted, added, keepValueInfo: () => wide.size === 0 };
  const edited = readModel(modelToBytes(model, edit));
  return { model: edited, facts: tensorFacts(edited), wide };
}

/** The convolution before a batch norm, where nothing else reads its output. */
function convolutionBefore(norm: Node, { producer, readers, isOutput }: Wiring): Node | undefined {
  const [x = ""] = norm.inputs;
  if (keyOf(norm) !== "BatchNormalization" || readers(x).length > 1 || isOutput(x)) return undefined;
  const maker = producer(x);
  return maker && keyOf(maker) === "Conv" ? maker : undefined;
}

const castsToHalf = (to: { readonly kind: string; readonly value: unknown } | undefined): boolean =>
  to?.kind === "int" && (to.value === elementType("float16") || to.value === elementType("bfloat16"));

const wideEnding = "/wide";

/** Casts behind what is stored or fed in half precision. */
function widened(
  { graph }: Model,
  { type }: TensorFacts,
): { wide: ReadonlyMap<string, string>; casts: Insertion[] } {
  const wide = new Map<string, string>();
  const casts: Insertion[] = [];
  const widen = (name: string, before: number): void => {
    if (wide.has(name) || !isHalf(type(name))) return;
    const to = `${name}${wideEnding}`;
    wide.set(name, to);
    const attributes = new Map([["to", elementType("float32")]]);
    casts.push({
      before,
      node: { name: to, op: "Cast", domain: "", inputs: [name], outputs: [to], attributes },
    });
  };
  for (const name of graph.initializers.keys()) widen(name, 0);
  for (const { name } of graph.inputs) widen(name, 0);
  for (const { op, outputs, index } of graph.nodes)
    if (op === "Constant" || op === "ConstantOfShape") widen(outputs[0] as string, index + 1);
  return { wide, casts };
}
