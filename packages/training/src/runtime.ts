import type { InferenceSession, Tensor } from "onnxruntime-common";

/** What is used of onnxruntime: onnxruntime-node and onnxruntime-web both are one. */
export interface TrainingOrt {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => Tensor;
}

export type Tensors = Record<string, Tensor>;

export const tensor = (
  ort: TrainingOrt,
  type: string,
  data: ArrayLike<unknown>,
  dims: readonly number[],
): Tensor => new ort.Tensor(type as never, data as never, [...dims]);

export const floatsOf = (value: Tensor | undefined): Float32Array => value?.data as Float32Array;

export const numberOf = (value: Tensor | undefined): number =>
  Number((value?.data as Float32Array | undefined)?.[0]);
