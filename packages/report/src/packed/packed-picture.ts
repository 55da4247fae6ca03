import type { LeftGroup } from "../groups/left-groups.js";
import type { Picture, PictureNode, PictureTensor } from "../picture.js";
import { type FrontCoded, fromFrontCoded, frontCoded } from "./front-coded.js";

/**
 * A picture with its groups in a tenth of its size: every text is written once and numbered, nodes are rows of numbers.
 * It is for pages that hold a large network: `unpacked` makes the same of it again.
 */
export interface PackedPicture {
  readonly format: Picture["format"];
  readonly model: string;
  /** All texts, sorted; they are numbered in this order. */
  readonly texts: FrontCoded;
  /** By tensor: its name, its shape, and its shape after the cut or -1. */
  readonly tensors: readonly number[];
  readonly nodes: readonly PackedNode[];
  /** Of each edge, where it ends and how far before that it begins. */
  readonly edges: readonly number[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly before: Picture["before"];
  readonly after?: Picture["after"];
  readonly groups: readonly PackedGroup[];
}

type PackedNode = readonly [
  name: number,
  op: number,
  path: readonly number[],
  inputs: readonly number[],
  outputs: readonly number[],
  parameters: readonly number[],
  attributes: readonly number[] | 0,
  frozen: readonly number[],
  macs: number | null,
  weights: number,
  /** Left out where both are as before. */
  macsAfter?: number | null,
  weightsAfter?: number,
];

/** The axis, and of each lit node its place, its wave and its label by turns. */
type PackedGroup = readonly [axis: number, lit: readonly number[]];

export interface PictureWithGroups {
  readonly picture: Picture;
  readonly groups: readonly LeftGroup[];
}

export function packed({ picture, groups }: PictureWithGroups): PackedPicture {
  const all = [...new Set(textsOf(picture, groups))].sort((a, b) => (a < b ? -1 : 1));
  const numbers = new Map(all.map((text, i) => [text, i] as const));
  const text = (of: string): number => numbers.get(of) as number;
  const tensors: number[] = [];
  const places = new Map<string, number>();
  const tensor = ({ name, shape, after }: PictureTensor): number => {
    const key = JSON.stringify([name, shape, after]);
    const known = places.get(key);
    if (known !== undefined) return known;
    const place = tensors.length / 3;
    places.set(key, place);
    tensors.push(text(name), text(shape), after === undefined ? -1 : text(after));
    return place;
  };
  const node = (of: PictureNode): PackedNode => [
    text(of.name),
    text(of.op),
    of.path.map(text),
    of.inputs.map(text),
    of.outputs.map(tensor),
    of.parameters.map(tensor),
    of.attributes ? Object.entries(of.attributes).flatMap((entry) => entry.map(text)) : 0,
    of.frozen.map(text),
    of.macs,
    of.weights,
    ...(of.macsAfter === of.macs && of.weightsAfter === of.weights
      ? ([] as const)
      : ([of.macsAfter, of.weightsAfter] as const)),
  ];
  return {
    format: picture.format,
    model: picture.model,
    texts: frontCoded(all),
    nodes: picture.nodes.map(node),
    edges: picture.edges.flatMap(([from, to]) => [to, to - from]),
    inputs: picture.inputs.map(tensor),
    outputs: picture.outputs.map(tensor),
    tensors,
    before: picture.before,
    ...(picture.after && { after: picture.after }),
    groups: groups.map(
      ({ axis, lit }): PackedGroup => [
        text(axis),
        lit.flatMap(({ place, wave, label }) => [place, wave, text(label)]),
      ],
    ),
  };
}

function* textsOf({ nodes, inputs, outputs }: Picture, groups: readonly LeftGroup[]): Generator<string> {
  function* ofTensors(tensors: readonly PictureTensor[]): Generator<string> {
    for (const { name, shape, after } of tensors)
      yield* after === undefined ? [name, shape] : [name, shape, after];
  }
  for (const node of nodes) {
    yield* [node.name, node.op, ...node.path, ...node.inputs, ...node.frozen];
    yield* ofTensors(node.outputs);
    yield* ofTensors(node.parameters);
    yield* Object.entries(node.attributes ?? {}).flat();
  }
  yield* ofTensors(inputs);
  yield* ofTensors(outputs);
  for (const { axis, lit } of groups) {
    yield axis;
    for (const { label } of lit) yield label;
  }
}

export function unpacked(of: PackedPicture): PictureWithGroups {
  const texts = fromFrontCoded(of.texts);
  const text = (i: number): string => texts[i] as string;
  const tensors = triples(of.tensors).map(
    ([name, shape, after]): PictureTensor => ({
      name: text(name),
      shape: text(shape),
      ...(after >= 0 && { after: text(after) }),
    }),
  );
  const tensor = (i: number): PictureTensor => tensors[i] as PictureTensor;
  const node = (row: PackedNode): PictureNode => {
    const [name, op, path, inputs, outputs, parameters, attributes, frozen, macs, weights] = row;
    const [macsAfter, weightsAfter] = row.length > 10 ? [row[10] ?? null, row[11] ?? 0] : [macs, weights];
    return {
      name: text(name),
      op: text(op),
      path: path.map(text),
      inputs: inputs.map(text),
      outputs: outputs.map(tensor),
      parameters: parameters.map(tensor),
      ...(attributes !== 0 && {
        attributes: Object.fromEntries(pairs(attributes).map((pair) => pair.map(text))),
      }),
      macs,
      weights,
      macsAfter,
      weightsAfter,
      frozen: frozen.map(text),
    };
  };
  const picture: Picture = {
    format: of.format,
    model: of.model,
    nodes: of.nodes.map(node),
    edges: pairs(of.edges).map(([to, back]) => [to - back, to] as const),
    inputs: of.inputs.map(tensor),
    outputs: of.outputs.map(tensor),
    before: of.before,
    ...(of.after && { after: of.after }),
  };
  const groups = of.groups.map(([axis, lit]) => ({
    axis: text(axis),
    lit: triples(lit).map(([place, wave, label]) => ({ place, wave, label: text(label) })),
  }));
  return { picture, groups };
}

const pairs = (list: readonly number[]): [number, number][] =>
  Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i] as number, list[2 * i + 1] as number]);

const triples = (list: readonly number[]): [number, number, number][] =>
  Array.from({ length: list.length / 3 }, (_, i) => [
    list[3 * i] as number,
    list[3 * i + 1] as number,
    list[3 * i + 2] as number,
  ]);
