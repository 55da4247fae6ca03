import type { GraphNode, Kit, Rule } from "@prune/graph";
import { type Dim, symbol } from "@prune/graph/advanced";
import { range } from "@prune/graph/rules";
import type { Config, LiveLayer } from "./live.js";
import type { WindowSize } from "./window-size.js";

/** One call of a layer: its activations, then its weights, are the inputs. */
export interface LayerNode extends GraphNode {
  readonly layer: LiveLayer;
  readonly config: Config;
  /** How many inputs are activations. */
  readonly arity: number;
}

/** The rule of a LayersModel's layer. */
export type LayerRule = Rule<LayerNode>;

/** Layer class -> rule. Patches name settings of the layer: `{ attributes: { units: 12 } }`. */
export type LayerRules = Readonly<Record<string, LayerRule>>;

/** Input of the nth weight whose name ends so; undefined where the layer has none. */
export function weightInput(node: LayerNode, name: string, nth = 0): number | undefined {
  const found = node.inputs.flatMap((_, i) => (weightName(node, i) === name ? [i] : []));
  return found[nth];
}

/** What a layer calls the weight at an input: `kernel`, `bias`; undefined for activations. */
export const weightName = ({ inputs, arity }: LayerNode, input: number): string | undefined =>
  input < arity ? undefined : inputs[input]?.split("/").at(-1)?.replace(/#\d+$/, "");

export const setting = <T>(node: LayerNode, name: string, otherwise: T): T =>
  (node.config[name] as T | null | undefined) ?? otherwise;

/** Where channels lie. */
export const channelDim = (node: LayerNode, rank: number): number =>
  setting<string>(node, "dataFormat", "channelsLast") === "channelsFirst" ? 1 : rank - 1;

/** The dims between batch and channels. */
export const spatialDims = (node: LayerNode, rank: number): number[] =>
  range(rank).filter((d) => d !== 0 && d !== channelDim(node, rank));

/** Sizes that the layer itself says its first output has; what it leaves of open spatial dims, by `sizeOf`. */
export function outputSizes(node: LayerNode, kit: Kit, sizeOf?: WindowSize): readonly Dim[] {
  const shapes = range(node.arity).map((i) => kit.shape(i).map((d) => (typeof d === "number" ? d : null)));
  const result = node.layer.computeOutputShape(
    shapes.length === 1 ? (shapes[0] as (number | null)[]) : shapes,
  );
  const first = (Array.isArray(result[0]) ? result[0] : result) as readonly (number | null)[];
  const dims = kit.shape(0);
  const spatial = spatialDims(node, dims.length);
  return first.map((size, d) => {
    // Of what is open some layers make numbers out of nothing.
    const at = typeof dims[d] === "string" ? spatial.indexOf(d) : -1;
    const worked = at < 0 ? undefined : sizeOf?.(node, at, dims[d] as Dim);
    if (worked !== undefined) return worked;
    if (size !== null) return size;
    return d === 0 ? (dims[0] as Dim) : symbol(`${node.name}.${d}`);
  });
}
