/**
 * Makes a network of one format, operator by operator; a value is whatever that format's builder calls an activation.
 * Images have channels, sequences have features: where they lie in memory is the format's business. Weights are random,
 * also those that start as zeros and ones in training.
 */
export interface Net<Model, Value> {
  image(channels: number, size: number): Value;
  sequence(steps: number, features: number): Value;
  vector(features: number): Value;
  /** Whole numbers below a limit. */
  indices(steps: number, below: number): Value;

  conv(x: Value, filters: number, options?: ConvOptions): Value;
  /** Each channel by itself makes `multiplier` channels. */
  depthwise(x: Value, multiplier?: number): Value;
  /** Transposed, to twice the size. */
  convTranspose(x: Value, filters: number): Value;
  /** Of the last dim. */
  dense(x: Value, units: number): Value;
  /** One dense layer for several calls. */
  sharedDense(inputs: number, units: number): (x: Value) => Value;
  embedding(index: Value, rows: number, width: number): Value;
  /** All steps of one direction. */
  lstm(x: Value, units: number): Value;
  /** Scaled dot products, softmax and mixture of `heads` parts of the features, joined again. */
  attention(q: Value, k: Value, v: Value, heads: number): Value;

  batchNorm(x: Value): Value;
  /** Over the last dim. */
  layerNorm(x: Value): Value;
  /** Over the last dim. */
  softmax(x: Value): Value;
  relu(x: Value): Value;
  sigmoid(x: Value): Value;
  /** A slope for each channel. */
  prelu(x: Value): Value;

  add(a: Value, b: Value): Value;
  multiply(a: Value, b: Value): Value;
  /** Along channels or features. */
  concat(values: readonly Value[]): Value;
  /** Consecutive channels. */
  split(x: Value, sizes: readonly number[]): readonly Value[];
  /** Channels, by number. */
  pick(x: Value, channels: readonly number[]): Value;
  /** Channels of zeros behind those of x. */
  pad(x: Value, channels: number): Value;
  /** Channels of `groups` groups dealt out in turn. */
  shuffle(x: Value, groups: number): Value;
  /** To half the size. */
  maxPool(x: Value): Value;
  /** Over all places; what is left is an image of size 1. */
  globalMean(x: Value): Value;
  flatten(x: Value): Value;

  model(outputs: readonly Value[]): Model;
}

/** The window and the groups of a convolution in a made-up network. */
export interface ConvOptions {
  /** @default 3 */
  readonly kernel?: number;
  /** @default 1 */
  readonly groups?: number;
}

/** Random numbers by a seed, roughly normal, of a spread that keeps deep networks lively. */
export function weightsOf(seed: number, shape: readonly number[], fan: number): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const count = shape.reduce((a, b) => a * b, 1);
  const scale = 2 / Math.sqrt(fan);
  return Float32Array.from({ length: count }, () => (next() + next() + next() - 1.5) * scale);
}
