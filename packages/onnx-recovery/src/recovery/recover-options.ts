import type { Cut } from "@prune/graph";
import type { Model } from "@prune/onnx";
import type { Method } from "@prune/recovery";
import type { JudgedOptions } from "@prune/recovery/advanced";
import type { TwinsOptions } from "./twins.js";

/** An ONNX model, what a backend made of it and a cut, and the cut. */
export interface CutOnnxModel {
  readonly original: Model;
  /** What the backend made of the original and the cut. */
  readonly smaller: Model;
  readonly cut: Cut;
}

/** What is refitted, with which methods, on how many rows, and where it runs. */
export interface RecoverModelOptions extends TwinsOptions, JudgedOptions {
  /** What held-out samples choose from, layer by layer; none refits no layer. @default least squares with several ridges, or the bias alone */
  readonly methods?: readonly Method[];
  /**
   * After the refit, re-estimate the running statistics of BatchNormalizations, and the moments of layers that none
   * follows. What least squares leaves has less variance than the original's and less error too, so that this seldom
   * helps after it. @default false
   */
  readonly moments?: boolean;
  /** Move what a layer gives to where the one layer that reads it needs it. @default where `methods` are the standard ones */
  readonly lead?: boolean;
  /** Fit a core between queries and keys that lost dims, so that attention gives the logits that it gave. @default true */
  readonly logits?: boolean;
}
