import type { ResidualBlock } from "@prune/graph/advanced";
import { createDraft, finish } from "../cut/draft.js";
import { sweep } from "../cut/sweep.js";
import { cachesLeft, renameEnds } from "../ends/caches-left.js";
import { createWriter, type Writer } from "../mask/writer.js";
import type { AttributeValue, GraphEdit, Model } from "../model.js";
import { float, type OnnxNode } from "../operators/node.js";
import { operatorName } from "../operators/operators.js";
import type { OnnxSource } from "../trace/source.js";
import { skipNorms } from "./sums.js";

/** What becomes of the caches of branches that leave: whether an input or output may go, and whether others count down. */
export interface CachesOfBlocks {
  isFree(name: string): boolean;
  readonly renumber: boolean;
}

/**
 * A model without blocks: their sums are what else was added, under the sums' own names, and what served the branches
 * alone is gone. What a branch made that something else reads stays, a decoder's cache among it unless it is free.
 */
export function withoutBlocks(
  model: Model,
  source: OnnxSource,
  blocks: readonly ResidualBlock[],
  caches?: CachesOfBlocks,
): GraphEdit {
  const draft = createDraft(model);
  for (const { node: at, skip } of blocks) {
    const node = source.nodes[at] as OnnxNode;
    const kept = draft.operand(node.index, skip);
    const norm = skipNorms.get(operatorName(node));
    const attributes = new Map<string, AttributeValue | null>(
      [...node.attributes.keys()].map((key) => [key, null]),
    );
    if (!norm) {
      draft.edit(node.index, { op: "Identity", domain: "", inputs: [kept], attributes });
      continue;
    }
    attributes.set("epsilon", { float: float(node, "epsilon") ?? 1e-12 });
    const [y = "", mean = "", scale = "", sum = ""] = node.outputs;
    const statistics = norm.op === "LayerNormalization" ? [mean, scale] : [scale];
    draft.edit(node.index, {
      op: norm.op,
      domain: "",
      inputs: [kept, ...norm.parameters.map((i) => draft.operand(node.index, i))],
      outputs: trimmed([y, ...statistics]),
      attributes,
    });
    if (sum !== "") pass(draft, node, kept, sum);
  }
  if (!caches) return finish(draft, sweep(model.graph, draft), () => true);
  const { gone, renamed } = cachesLeft(model.graph, draft, caches.isFree);
  const dropped = sweep(model.graph, draft, gone);
  if (!caches.renumber || gone.size === 0) return { ...finish(draft, dropped, () => true), goneEnds: gone };
  renameEnds(model.graph, draft, renamed);
  const names = new Set([...gone, ...renamed.keys(), ...renamed.values()]);
  const edit = finish(draft, dropped, (name) => !names.has(name));
  return { ...edit, goneEnds: gone, renamedEnds: renamed };
}

function trimmed(names: readonly string[]): string[] {
  const list = [...names];
  while (list.at(-1) === "") list.pop();
  return list;
}

function pass(draft: Writer["draft"], node: OnnxNode, from: string, to: string): void {
  const name = draft.unused(`${to}_node`);
  const passing = { name, op: "Identity", domain: "", inputs: [from], outputs: [to], attributes: new Map() };
  draft.inserted.push({ before: node.index, node: passing });
}

/** The other side of their law: the whole model, with what the branches of blocks give set to zero. */
export function maskBlocks(model: Model, source: OnnxSource, blocks: readonly ResidualBlock[]): GraphEdit {
  const writer = createWriter(model, { prefix: "gone" });
  const { draft } = writer;
  for (const { node: at, operand } of blocks) {
    const node = source.nodes[at] as OnnxNode;
    writer.before = node.index;
    draft.setInput(node.index, operand, zerosLike(writer, draft.operand(node.index, operand)));
    const norm = skipNorms.get(operatorName(node));
    // The bias of a fused sum is that of the branch's last layer.
    if (norm && node.inputs[norm.bias]) draft.setInput(node.index, norm.bias, "");
  }
  return finish(draft, new Set(), () => true);
}

/** Zeros whatever the values are, which may be infinite. */
function zerosLike(writer: Writer, tensor: string): string {
  const from = writer.typeOf(tensor) ?? 1;
  const zero = writer.cast(writer.scalar(1, 0), 1, from);
  if (writer.opset < 8) return writer.emit("Mul", [tensor, zero]);
  return writer.emit("Expand", [zero, writer.emit("Shape", [tensor])]);
}
