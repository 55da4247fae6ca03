import type { Duty, Sizes } from "@prune/graph/advanced";
import type { Support } from "@prune/graph/rules";
import type { Operator as Evaluate } from "../fold/operator.js";
import type { Masker } from "../mask/masking.js";
import type { Centred, ZeroPlace } from "../mask/zero-points.js";
import type { Whole } from "../norms/whole.js";
import type { DataType } from "../tensor.js";
import type { ShapeTest } from "../validate/shapes/seen.js";
import type { OnnxNode, OnnxRule } from "./node.js";

/** All that is known of an operator. */
export interface OperatorRecord {
  /** How names of the outputs follow from those of the inputs. */
  readonly rule: OnnxRule;
  /** How what is dead is kept out where the operator mixes positions; undefined where every cell stays apart. */
  readonly mask: Masker | undefined;
  /** How its statistics count what left as zero; undefined where it takes none. */
  readonly whole?: Whole;
  /** Multiply-accumulates of one run; undefined where nothing is contracted. */
  readonly macs: Macs | undefined;
  /** Computes the outputs from known inputs; undefined where that is not covered. */
  readonly fold: Evaluate | undefined;
  /** What becomes of a channel's cells. */
  readonly channels: Channels;
  /** What the rule does, for a person. */
  readonly support: Support;

  /** Types of the outputs, the last for all that follow. @default the first input's */
  readonly types?: readonly OutputType[];
  /** What stored tensors do that are no plain weights. */
  readonly duty?: (node: Pick<OnnxNode, "inputs">, input: number) => Duty | undefined;
  /** The input that holds a layer's weights. */
  readonly matrix?: number;
  /** Inputs of a layer that may be filled with one number at run time. */
  readonly filled?: readonly number[];
  /** Inputs that are stored but never trained: running statistics, states before the first step. */
  readonly untrained?: readonly number[];
  /** A stored operand of one element scales, and is no parameter. */
  readonly scales?: true;
  /** Whether two runs may differ. */
  readonly isRandom?: (node: Pick<OnnxNode, "inputs">) => boolean;
  /** Constants made by it are followed, so that a cut reaches the stored weights behind them. */
  readonly isFollowed?: true;
  /** Inputs that its outputs jump with: where they decide which is larger, which index, which integer. */
  readonly decides?:
    | readonly number[]
    | "all"
    | ((node: Pick<OnnxNode, "attributes" | "outputs">) => readonly number[]);
  /** It computes each cell from few, always in the same way: equal inputs give equal outputs, bit by bit. */
  readonly isExact?: true;
  /** Shapes with which no runtime runs it. */
  readonly impossible?: ShapeTest | undefined;
  /** Shapes that runtimes take although ONNX excludes them. */
  readonly unusual?: ShapeTest | undefined;
  /** Inputs whose elements it only moves about; "all" of them, where there may be any number. */
  readonly moves?: readonly number[] | "all";
  /** Outputs that go on from an input, so that the next run takes them there: a state, keys and values so far. */
  readonly carries?: readonly (readonly [output: number, input: number])[];
  /** Its outputs depend only on sizes. */
  readonly tellsSize?: true;
  /** Which inputs say what stands for 0 in quantised ones. */
  readonly zeroPoints?: readonly ZeroPlace[];
  /** Quantised inputs in which the middle stands for 0. */
  readonly centred?: Centred;
}

/** Operator -> record; operators outside the default domain as "domain:Op". */
export type OperatorTable = Readonly<Record<string, OperatorRecord>>;

/** Multiply-accumulates of one run of a node, from the sizes of its tensors. */
export type Macs = (sizes: Sizes, node: OnnxNode) => number;

/** A type of its own, or that of an input. */
export type OutputType = DataType | { readonly like: number };

/**
 * What becomes of the cells of a channel. `rising`, `curved`: one cell in, one cell out, rising with it or in any way;
 * `paired`: cells of equal position are combined, with broadcasting; `beside`: the same, but what comes out is not
 * followed; `moved`: elements move, none is computed; `spatial`: channels of dim 1 stay apart; `reduced`: dims are. Of
 * those `within`, results lie where the channel's values lie. `mixed`: anything else.
 */
export type Channels =
  | "rising"
  | "curved"
  | "paired"
  | "beside"
  | "moved"
  | "spatial"
  | "spatial within"
  | "reduced"
  | "reduced within"
  | "mixed";

/** Of operators that neither sum over positions nor are computed on constants, and of which no more is known. */
export const bare = { mask: undefined, macs: undefined, fold: undefined, channels: "mixed" } as const;

/** Inputs that are only added. */
export const adds =
  (...inputs: readonly number[]): NonNullable<OperatorRecord["duty"]> =>
  (_, input) =>
    inputs.includes(input) ? "bias" : undefined;

/** Operators of another domain, by their plain names. */
export const domain = (name: string, table: OperatorTable): OperatorTable =>
  Object.fromEntries(Object.entries(table).map(([op, record]) => [`${name}:${op}`, record]));
