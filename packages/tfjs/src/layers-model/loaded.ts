// biome-ignore lint/suspicious/noTsIgnore: the package is optional, and who lacks it has nothing to be told
// @ts-ignore
import type { LayersModel as Loaded } from "@tensorflow/tfjs-layers";

/** A tf.LayersModel in memory; where `@tensorflow/tfjs-layers` isn't installed there is none, and this is `never`. */
export type LayersModel = 0 extends 1 & Loaded ? never : Loaded;
