export { type SampleConfig, sampleConfig } from "./config.js";
export { draw } from "./draw.js";
export { SamplesError } from "./errors.js";
export type { ModelInput } from "./inputs.js";
export { type Random, randomStream } from "./random.js";
export {
  type Batch,
  type Feed,
  type Samples,
  type SamplesOptions,
  samplesIn,
  samplesOfBytes,
} from "./samples.js";
