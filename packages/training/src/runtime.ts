import type { InferenceSession, Tensor } from "onnxruntime-common";
import { TrainingError } from "./errors.js";

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

/**
 * Runs a session on feeds and, for inputs that they lack, on what is held; gives what is fetched.
 * @throws {TrainingError} "input-missing", "run-failed" with the step.
 */
export async function runHeld(
  session: InferenceSession,
  feeds: Tensors,
  held: (input: string) => Tensor | undefined,
  fetches: Record<string, Tensor | null>,
  step: number,
): Promise<Tensors> {
  const fed: Tensors = {};
  for (const name of session.inputNames) {
    const value = feeds[name] ?? held(name);
    if (!value) throw new TrainingError("input-missing", { input: name, given: Object.keys(feeds) });
    fed[name] = value;
  }
  try {
    return (await session.run(fed, fetches)) as Tensors;
  } catch (error) {
    const reason = String((error as Error).message ?? error);
    throw new TrainingError("run-failed", { step, reason }, { cause: error });
  }
}
