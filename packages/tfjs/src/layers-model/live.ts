import type { LayersModel } from "./loaded.js";

/** A layer's settings as its class writes them. */
export type Config = Readonly<Record<string, unknown>>;

export type LiveShape = readonly (number | null)[];

export interface LiveTensor {
  readonly id: number;
  readonly name: string;
  readonly shape: LiveShape;
  readonly sourceLayer: LiveLayer;
  readonly nodeIndex: number;
}

/** A variable of a layer. */
export interface LiveVariable {
  readonly originalName: string;
  readonly shape: LiveShape;
  read(): { readonly dtype: string; dataSync(): Float32Array; assign(value: unknown): void };
}

/** What this package uses of tf.layers.Layer: parts that are public there, and the graph of calls. */
export interface LiveLayer {
  readonly name: string;
  readonly weights: readonly LiveVariable[];
  readonly inboundNodes: readonly {
    readonly inputTensors: readonly LiveTensor[];
    readonly outputTensors: readonly LiveTensor[];
  }[];
  /** Of wrappers. */
  readonly layer?: LiveLayer;
  getClassName(): string;
  getConfig(): Config;
  computeOutputShape(shape: LiveShape | readonly LiveShape[]): LiveShape | readonly LiveShape[];
}

/** A layer that consists of layers. */
export interface LiveModel extends LiveLayer {
  readonly layers: readonly LiveLayer[];
  readonly inputs: readonly LiveTensor[];
  readonly outputs: readonly LiveTensor[];
  getUserDefinedMetadata?(): object | undefined;
  setUserDefinedMetadata?(metadata: object): void;
}

export const live = (model: LayersModel): LiveModel => model as unknown as LiveModel;

export const isModel = (layer: LiveLayer): layer is LiveModel => "layers" in layer && "inputs" in layer;
