import type { GraphNode, Rule } from "@prune/graph";
import { range, type Shuffle } from "@prune/graph/rules";
import type { NodeDef, ShapeProto, TfAttribute } from "../model.js";

/** A node of a GraphModel: its NodeDef with inputs and outputs as tensor names. */
export interface TfNode extends GraphNode {
  readonly def: NodeDef;
  /** The chain that moves the positions of one axis about which the node may be part of. */
  readonly shuffle?: Shuffle | undefined;
  /** It, or a function that it runs, multiplies as often as only run time tells. */
  readonly contractsInside?: boolean;
}

/** The rule of a GraphModel's operator. */
export type TfRule = Rule<TfNode>;

/** Operator -> rule. */
export type GraphModelRules = Readonly<Record<string, TfRule>>;

const attribute = (node: TfNode, name: string): TfAttribute | undefined => node.def.attr?.[name];

export function int(node: TfNode, name: string): number | undefined;
export function int(node: TfNode, name: string, otherwise: number): number;
export function int(node: TfNode, name: string, otherwise?: number): number | undefined {
  const value = attribute(node, name)?.i;
  return value === undefined ? otherwise : Number(value);
}

export const ints = (node: TfNode, name: string): readonly number[] | undefined =>
  attribute(node, name)?.list?.i?.map(Number);

export const flag = (node: TfNode, name: string): boolean => attribute(node, name)?.b === true;

export const text = (node: TfNode, name: string, otherwise = ""): string => {
  const value = attribute(node, name)?.s;
  return value === undefined ? otherwise : textOf(value);
};

export const texts = (node: TfNode, name: string): readonly string[] =>
  (attribute(node, name)?.list?.s ?? []).map(textOf);

const textOf = (value: string | readonly number[]): string =>
  typeof value === "string" ? atob(value) : String.fromCharCode(...value);

/** Names of protobuf's DataType numbers that tfjs models use. */
const typeNumbers: Readonly<Record<number, string>> = {
  1: "DT_FLOAT",
  2: "DT_DOUBLE",
  3: "DT_INT32",
  9: "DT_INT64",
  7: "DT_STRING",
  10: "DT_BOOL",
  19: "DT_HALF",
};

/** An attribute's type, as tfjs computes with it. */
export function type(node: TfNode, name: string): "float32" | "int32" | "bool" | undefined {
  const value = attribute(node, name)?.type;
  const known = typeof value === "number" ? typeNumbers[value] : value;
  if (/^DT_(FLOAT|DOUBLE|HALF)$/.test(known ?? "")) return "float32";
  if (/^DT_U?INT/.test(known ?? "")) return "int32";
  return known === "DT_BOOL" ? "bool" : undefined;
}

export const sizesOf = (shape: ShapeProto | undefined): readonly number[] | undefined =>
  shape === undefined || shape.unknownRank
    ? undefined
    : (shape.dim ?? []).map(({ size }) => Number(size ?? 0));

/** Where channels lie: last in NHWC, second in NCHW. */
export const channelDim = (node: TfNode, rank: number): number =>
  text(node, "data_format", "NHWC").startsWith("NC") ? 1 : rank - 1;

/** The dims between batch and channels. */
export const spatialDims = (node: TfNode, rank: number): number[] =>
  range(rank).filter((d) => d !== 0 && d !== channelDim(node, rank));
