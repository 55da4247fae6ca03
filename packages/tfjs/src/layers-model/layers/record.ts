import type { Duty, Sizes } from "@prune/graph/advanced";
import type { Support } from "@prune/graph/rules";
import type { LiveLayer } from "../live.js";
import type { Masker } from "../mask/masking.js";
import type { LayerNode, LayerRule } from "../node.js";

/** All that is known of a class of layers. */
export interface LayerRecord {
  /** How names of the outputs follow from those of the inputs and weights. */
  readonly rule: LayerRule;
  /**
   * What a call gives where dead cells of its input don't count; undefined where they are as good as gone once they are
   * zero, as all that a call reads are.
   */
  readonly mask: Masker | undefined;
  /** Multiply-accumulates of one call; undefined where nothing is contracted. */
  readonly macs: Macs | undefined;
  /** What the rule does, for a person. */
  readonly support: Support;

  /** What its weights do, by name, where that is not the usual: biases, shifts and running statistics. */
  readonly duties?: Readonly<Record<string, Duty>>;
  /** It multiplies by its kernel and sums, at each position or in a window, and does no more. */
  readonly linear?: "product" | "window";
  /** The fewest tensors that a call reads. @default 1 */
  readonly inputs?: number;
  /** A call may have several outputs. */
  readonly makesSeveral?: true;
  /** The setting that holds the layer without which it is nothing. */
  readonly wraps?: string;
  /** Settings that `getConfig` of tfjs 4.22 leaves out. */
  readonly settings?: (layer: LiveLayer) => Readonly<Record<string, unknown>>;
}

/** Layer class -> record. */
export type LayerTable = Readonly<Record<string, LayerRecord>>;

export type Macs = (sizes: Sizes, node: LayerNode) => number;

/** Of layers that neither contract nor take statistics over features. */
export const bare = { mask: undefined, macs: undefined } as const;

/** Classes of which the same is known. */
export const alike = (names: string, record: LayerRecord): LayerTable =>
  Object.fromEntries(names.split(" ").map((name) => [name, record]));
