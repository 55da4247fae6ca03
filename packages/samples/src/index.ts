export type { Bytes } from "./bytes.js";
export type { Column, Numbers } from "./columns.js";
export { type SampleConfig, sampleConfig } from "./config.js";
export { draw } from "./draw.js";
export type { FeedData, FeedType } from "./element-types.js";
export { type Entries, extensionOf, type SampleFiles } from "./entries.js";
export { SamplesError, type SamplesErrorCode, type SamplesErrors } from "./errors.js";
export { fromHalf, toHalf } from "./half.js";
export { type ImageShape, imageShape } from "./images/shape.js";
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
