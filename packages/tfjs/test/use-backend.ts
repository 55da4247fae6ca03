import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

/** Sets the runtime up in Node: kernels and no greeting. */
export async function useBackend(name: "cpu" | "wasm"): Promise<void> {
  tf.env().set("PROD", true);
  await tf.setBackend(name);
  await tf.ready();
}
