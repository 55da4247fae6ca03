export { type SampleConfig, sampleConfig } from "./config.js";
export { draw } from "./draw.js";
export { SamplesError } from "./errors.js";
export type { ModelInput } from "./inputs.js";
export { type Random, randomStream } from "./random.js";
export { type Batch, type Samples, samplesIn, samplesOfBytes } from "./samples.js";
