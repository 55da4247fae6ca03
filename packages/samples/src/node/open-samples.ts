import type { ModelInput } from "../inputs.js";
import { type Samples, type SamplesOptions, samplesIn } from "../samples.js";
import { disk } from "./disk.js";

/** Opens samples on the disk for a model's inputs: a folder of images, .npy, .npz, .json, or raw bytes. */
export const openSamples = (
  path: string,
  inputs: readonly ModelInput[],
  options: SamplesOptions = {},
): Promise<Samples> => samplesIn(disk, path, inputs, options);
