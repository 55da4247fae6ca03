export type { Bytes } from "./bytes.js";
export type { Column, Numbers } from "./columns.js";
export type { FeedData, FeedType } from "./element-types.js";
export { type Entries, extensionOf, type SampleFiles } from "./entries.js";
export type { SamplesErrorCode, SamplesErrors } from "./errors.js";
export { fromHalf, toHalf } from "./half.js";
export { type ImageShape, imageShape } from "./images/shape.js";
export { crc32 } from "./npz/crc32.js";
export type { Feed, SamplesOptions } from "./samples.js";
