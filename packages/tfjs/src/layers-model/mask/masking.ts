import type * as tf from "@tensorflow/tfjs-core";
import type { Live } from "../../mask/live.js";
import type { LayerNode } from "../node.js";

/** What a call gives where only the living cells of x count; the dead ones are zero. */
export type Masker = (node: LayerNode, x: tf.Tensor, live: Live) => tf.Tensor;
