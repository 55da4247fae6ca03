import * as tf from "@tensorflow/tfjs-core";
import { conv2dBackpropFilter, depthwiseBackpropFilter, depthwiseBackpropInput } from "./convolution.js";

/**
 * Gives the wasm backend what training needs and it lacks in 4.22: gradients of convolutions and of looked-up rows, and
 * products of transposed matrices at full speed. Call it once the backend is there: `await tf.setBackend("wasm")`.
 */
export function registerTrainingKernels(): void {
  for (const kernel of [conv2dBackpropFilter, depthwiseBackpropFilter, depthwiseBackpropInput, segmentSum])
    if (!tf.getKernel(kernel.kernelName, "wasm")) tf.registerKernel(kernel);
  const slow = tf.getKernel("BatchMatMul", "wasm");
  if (!slow || turned.has(slow.kernelFunc)) return;
  const fast = transposing(slow.kernelFunc);
  turned.add(fast);
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({ ...slow, kernelFunc: fast });
}

/** Kernels that this module made, so that calling it again changes nothing. */
const turned = new WeakSet<tf.KernelFunc>();

/** Turns operands first: the kernel's own way of reading them turned is several times slower. */
function transposing(kernelFunc: tf.KernelFunc): tf.KernelFunc {
  return (params) => {
    const { transposeA, transposeB } = params.attrs as unknown as {
      transposeA: boolean;
      transposeB: boolean;
    };
    if (!transposeA && !transposeB) return kernelFunc(params);
    const { a, b } = params.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const backend = params.backend as tf.KernelBackend;
    const made: tf.TensorInfo[] = [];
    const turn = (x: tf.TensorInfo): tf.TensorInfo => {
      const rank = x.shape.length;
      const perm = x.shape.map((_, d) => (d < rank - 2 ? d : d === rank - 2 ? rank - 1 : rank - 2));
      const kernel = tf.getKernel("Transpose", "wasm");
      const result = kernel.kernelFunc({ inputs: { x }, backend, attrs: { perm } }) as tf.TensorInfo;
      made.push(result);
      return result;
    };
    const inputs = { a: transposeA ? turn(a) : a, b: transposeB ? turn(b) : b };
    const result = kernelFunc({
      inputs,
      backend,
      attrs: { ...params.attrs, transposeA: false, transposeB: false },
    });
    for (const { dataId } of made) backend.disposeData(dataId);
    return result;
  };
}

/** Rows added up by the segment that each belongs to: the gradient of looking rows up. */
const segmentSum: tf.KernelConfig = {
  kernelName: "UnsortedSegmentSum",
  backendName: "wasm",
  kernelFunc({ inputs, attrs, backend }) {
    const { x, segmentIds } = inputs as unknown as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
    const { numSegments } = attrs as unknown as { numSegments: number };
    const wasm = backend as tf.KernelBackend;
    const [values, ids] = [wasm.readSync(x.dataId), wasm.readSync(segmentIds.dataId)] as [
      Float32Array,
      Int32Array,
    ];
    const width = ids.length === 0 ? 0 : values.length / ids.length;
    const shape = [numSegments, ...x.shape.slice(segmentIds.shape.length)];
    const sums = new Float32Array(shape.reduce((n, size) => n * size, 1));
    ids.forEach((segment, row) => {
      if (segment < 0) return;
      for (let i = 0; i < width; i++) sums[segment * width + i]! += values[row * width + i] as number;
    });
    return { dataId: wasm.write(sums, shape, x.dtype), shape, dtype: x.dtype };
  },
};
