import type { Duty, Sizes } from "@prune/graph/advanced";
import type { Support } from "@prune/graph/rules";
import type { ShapeTest } from "../../validate/shapes/shape-test.js";
import type { Operator as Evaluate } from "../contents/contents.js";
import type { Reader } from "../demands.js";
import type { Masker } from "../mask/masking.js";
import type { TfNode, TfRule } from "../node.js";

/** All that is known of an operator of GraphModels. */
export interface OperatorRecord {
  /** How names of the outputs follow from those of the inputs. */
  readonly rule: TfRule;
  /** The fewest inputs that it runs with. */
  readonly inputs: number;
  /** How what is dead is kept out where the operator mixes positions; undefined where every cell stays apart. */
  readonly mask: Masker | undefined;
  /** Multiply-accumulates of one run; undefined where nothing is contracted. */
  readonly macs: Macs | undefined;
  /** Computes the outputs from known inputs; undefined where that is not covered. */
  readonly contents: Evaluate | undefined;
  /** The shape that an input must have because of the rest of the node; undefined where any will do. */
  readonly demands: Reader | undefined;
  /** What the rule does, for a person. */
  readonly support: Support;

  /** The most inputs that it takes. @default the fewest */
  readonly most?: number;
  /** Shapes side by side with which TensorFlow.js doesn't run it, or runs it by chance. */
  readonly impossible?: ShapeTest | undefined;
  /** Of an operator that has several: how many, and what other nodes may call them. @default one output */
  readonly outputs?: Outputs;
  /** Attributes that have no default, and that TensorFlow.js reads without looking. */
  readonly attributes?: readonly string[];
  /** What stored tensors do that are no plain weights. */
  readonly duty?: (node: TfNode, input: number) => Duty | undefined;
  /** It multiplies by a stored kernel and sums, at each position or in a window, and does no more. */
  readonly linear?: "product" | "window";
  /** Constants made by it are followed, so that a cut reaches the stored weights behind them. */
  readonly isFollowed?: true;
  /** It looks weights up in a stored table, which is followed as `isFollowed` says. */
  readonly looksUp?: true;
  /** It gives sizes: its rule says what it holds, and a cut leaves it the original's. */
  readonly measures?: true;
}

/** Operator -> record. */
export type OperatorTable = Readonly<Record<string, OperatorRecord>>;

export type Macs = (sizes: Sizes, node: TfNode) => number;

interface Outputs {
  /** By how the node is used. @default one */
  readonly count?: (node: TfNode) => number;
  /** In order. @default none but numbers */
  readonly names?: readonly string[];
}

/** Of operators that neither sum over positions nor are computed on constants, and that take inputs of any shape. */
export const bare = { mask: undefined, macs: undefined, contents: undefined, demands: undefined } as const;

/** Operators that differ only in what they compute. */
export const alike = (
  names: string,
  record: Omit<OperatorRecord, "contents">,
  contents: Readonly<Record<string, Evaluate>> = {},
): OperatorTable =>
  Object.fromEntries(names.split(" ").map((op) => [op, { ...record, contents: contents[op] }]));
