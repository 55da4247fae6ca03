import type { Cost, FrozenAxis } from "@prune/graph";
import type { BlockReport } from "./blocks-report.js";
import type { InlinedCounts } from "./prune-report.js";

/** What kind of model a file holds. */
export interface Kind {
  readonly format: "onnx" | "tfjs-graph-model" | "tfjs-layers-model";
  /** null if the model is not ONNX. */
  readonly irVersion: number | null;
  readonly opset: number | null;
}

/** What can be cut of a model, and what can't, with the reason. */
export interface Inspection extends Kind {
  readonly model: string;
  /** Where the graph that is described is not quite the file's. */
  readonly inlined?: InlinedCounts;
  readonly cost: Cost;
  /** Parameters that some unit may take along. */
  readonly prunable: { readonly parameters: number; readonly share: number };
  readonly groups: readonly InspectedGroup[];
  /** Residual branches that can leave whole, in order. */
  readonly blocks?: readonly BlockReport[];
  readonly frozen: readonly FrozenAxis[];
}

/** A group as `inspect` reports it. */
export interface InspectedGroup {
  /** The axis that the group is known by, as TENSOR:DIM, with the finer view of the tensor where it has one. */
  readonly root: string;
  readonly kind: "channels" | "rows";
  readonly units: number;
  /** A cut equals a mask exactly: nothing normalises over the units. */
  readonly exact: boolean;
}
