import type { GraphEdit, Model } from "../model.js";
import type { Source } from "../read/read-weight.js";
import { type Field, payload, type Span } from "../wire.js";
import { embed, integer, string } from "./encode.js";
import { moveExternals } from "./move-externals.js";
import { nameIn } from "./name-in.js";
import { rewrite } from "./rewrite.js";
import type { Rope } from "./rope.js";
import { inlineStore, type Store } from "./store.js";
import { changedNode, type InsideGraph, newNode } from "./write-node.js";
import { changedTensor, newTensor } from "./write-tensor.js";
import { newInfo, reshapedInfo } from "./write-value-info.js";

const fields = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13, sparse: 15 } as const;
const tensorName = 8;
const infoName = 1;
/** Before this IR version every initializer is also an input of the graph. */
const irOfFreeInitializers = 4;

/** A graph with an edit applied; undefined if nothing changes. */
export function changedGraph(
  source: Source,
  span: Span,
  { graph, irVersion }: Pick<Model, "graph" | "irVersion">,
  edit: GraphEdit,
  store: Store | undefined,
): Rope | undefined {
  const { bytes } = source;
  const { nodes } = graph;
  const inside: InsideGraph = (at, body, change) =>
    changedGraph(source, at, { graph: body, irVersion }, change, store);
  const before = insertedBefore(edit);
  let index = 0;

  const node = (field: Field): Rope | undefined => {
    const current = nodes[index]!;
    const insertions = [...(before.get(index) ?? [])];
    const change = edit.nodes.get(index);
    const tensor = edit.tensors.get(current.outputs[0] ?? "");
    index++;
    const after = index === nodes.length ? (before.get(index) ?? []) : [];
    const changed =
      change === null
        ? []
        : wrap(field, changedNode(source, payload(field), current, { edit: change, tensor, inside }, store));
    if (changed === undefined && insertions.length + after.length === 0) return undefined;
    return [...insertions, ...(changed ?? [bytes.subarray(field.start, field.end)]), ...after];
  };

  const initializer = (field: Field): Rope | undefined => {
    const name = nameIn(bytes, payload(field), tensorName);
    if (edit.droppedInitializers.has(name)) return [];
    const tensor = edit.tensors.get(name);
    if (tensor === undefined) return wrap(field, moveExternals(source, payload(field), "tensor", store));
    return wrap(field, changedTensor(source, payload(field), tensor, store ?? inlineStore));
  };

  /** What an input or a value info says of an initializer follows the initializer. */
  const info = (field: Field): Rope | undefined => {
    const name = nameIn(bytes, payload(field), infoName);
    if (edit.droppedInitializers.has(name)) return [];
    if (field.number === fields.valueInfo && !edit.keepValueInfo(name)) return [];
    if (field.number !== fields.valueInfo && edit.goneEnds?.has(name)) return [];
    const other = field.number === fields.valueInfo ? undefined : edit.renamedEnds?.get(name);
    if (other !== undefined)
      return wrap(
        field,
        rewrite(bytes, payload(field), ({ number }) =>
          number === infoName ? [string(infoName, other)] : undefined,
        ),
      );
    const shape = edit.tensors.get(name)?.shape ?? edit.resized?.get(name);
    return shape && wrap(field, reshapedInfo(bytes, payload(field), shape));
  };

  const changes: { readonly [number: number]: (field: Field) => Rope | undefined } = {
    [fields.node]: node,
    [fields.initializer]: initializer,
    [fields.input]: info,
    [fields.output]: info,
    [fields.valueInfo]: info,
    [fields.sparse]: (field) => wrap(field, moveExternals(source, payload(field), "sparse", store)),
  };
  return rewrite(bytes, span, (field) => changes[field.number]?.(field), {
    back: [...(nodes.length === 0 ? (before.get(0) ?? []) : []), ...additions(irVersion, edit)],
  });
}

const wrap = ({ number }: Field, content: Rope | undefined): Rope | undefined =>
  content && embed(number, content);

function insertedBefore({ inserted }: GraphEdit): Map<number, Rope> {
  const map = new Map<number, Rope>();
  for (const { before, node } of inserted)
    map.set(before, [...(map.get(before) ?? []), ...embed(fields.node, newNode(node))]);
  return map;
}

function additions(irVersion: number, { added, ends }: GraphEdit): Rope {
  const initializers = [
    ...added.flatMap((tensor) => embed(fields.initializer, newTensor(tensor))),
    ...(ends?.inputs ?? []).flatMap(({ name, elementType }) =>
      embed(fields.input, [string(infoName, name), ...embed(2, embed(1, [integer(1, elementType)]))]),
    ),
    ...(ends?.outputs ?? []).flatMap((name) => embed(fields.output, [string(infoName, name)])),
  ];
  if (irVersion >= irOfFreeInitializers) return initializers;
  const inputs = added.flatMap(({ name, elementType, shape }) =>
    embed(fields.input, newInfo(name, elementType, shape)),
  );
  return [...initializers, ...inputs];
}
