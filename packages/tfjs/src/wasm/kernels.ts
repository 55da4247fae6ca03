import * as tf from "@tensorflow/tfjs-core";

/** A kernel under way: other kernels to build it of, whose results are given back when it is done. */
export interface Workbench {
  run(kernel: string, inputs: Record<string, tf.TensorInfo> | tf.TensorInfo[], attrs?: object): tf.TensorInfo;
  /** The same data in another shape. */
  reshape(tensor: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo;
  /** A result that is not given back. */
  keep(tensor: tf.TensorInfo): tf.TensorInfo;
}

type Body = (
  bench: Workbench,
  inputs: Record<string, tf.TensorInfo>,
  attrs: Record<string, unknown>,
) => tf.TensorInfo;

/** A kernel for the wasm backend, made of kernels that it has. */
export function composed(kernelName: string, body: Body): tf.KernelConfig {
  return {
    kernelName,
    backendName: "wasm",
    kernelFunc({ inputs, attrs, backend }) {
      const made: tf.TensorInfo[] = [];
      let kept: object | undefined;
      const bench: Workbench = {
        run(name, operands, settings = {}) {
          const kernel = tf.getKernel(name, "wasm");
          const result = kernel.kernelFunc({
            inputs: operands as tf.NamedTensorInfoMap,
            backend,
            attrs: settings as never,
          });
          made.push(result as tf.TensorInfo);
          return result as tf.TensorInfo;
        },
        reshape: ({ dataId, dtype }, shape) => ({ dataId, dtype, shape: [...shape] }),
        keep(tensor) {
          kept = tensor.dataId;
          return tensor;
        },
      };
      const result = body(
        bench,
        inputs as Record<string, tf.TensorInfo>,
        attrs as unknown as Record<string, unknown>,
      );
      const given = new Set(Object.values(inputs).map((input) => (input as tf.TensorInfo).dataId));
      for (const dataId of new Set(made.map((tensor) => tensor.dataId)))
        if (dataId !== kept && !given.has(dataId)) (backend as tf.KernelBackend).disposeData(dataId);
      return result;
    },
  };
}
