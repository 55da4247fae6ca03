import type { GraphModel as LoadedGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";

/** What TensorFlow.js models are loaded and run by. */
export interface TfjsRuntime {
  /** `loadGraphModel` of `@tensorflow/tfjs-converter`. */
  readonly loadGraphModel: (handler: tf.io.IOHandler) => Promise<LoadedGraphModel>;
  /** Names of backends that are registered, best first: one that lacks a kernel gives way to the next. */
  readonly backends: readonly string[];
  /** Registers what gradients need and a backend lacks. */
  readonly prepareGradients?: (() => void) | undefined;
}

/** Sets a backend up, without its greeting. */
export async function useBackend(name: string): Promise<void> {
  tf.env().set("PROD", true);
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js can't start its ${name} backend.`);
}

/** Uses the backend that has all kernels: the last. */
export const useWidest = ({ backends }: TfjsRuntime): Promise<void> => useBackend(backends.at(-1) ?? "cpu");

/** Does something in the first backend that can do it, and leaves that in use; throws the last one's error. */
export async function inBestBackend<T>({ backends }: TfjsRuntime, run: () => Promise<T>): Promise<T> {
  let failure: unknown;
  for (const name of backends) {
    try {
      await useBackend(name);
      return await run();
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
