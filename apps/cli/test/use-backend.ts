import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

/** Sets TensorFlow.js up, without its greeting. */
export async function useBackend(name: "cpu" | "wasm"): Promise<void> {
  tf.env().set("PROD", true);
  await tf.setBackend(name);
}
