import type { Net } from "./net.js";

/**
 * A small network, and how many units may leave it: the same in every format. Heads count beside the dims inside them,
 * which leave all heads together: of queries and keys, and of values; so do groups of convolutions beside their channels.
 */
export interface Structure {
  readonly units: number;
  build<Model, Value>(net: Net<Model, Value>): readonly Value[];
}

const structure = (units: number, build: Structure["build"]): Structure => ({ units, build });

/** Every way in which layers depend on each other that a backend has to follow. */
export const structures = {
  "dense layers": structure(14, (net) => {
    const x = net.relu(net.dense(net.vector(5), 8));
    return [net.dense(net.sigmoid(net.dense(x, 6)), 3)];
  }),
  "convolution, batch norm, relu": structure(8, (net) => {
    const x = net.relu(net.batchNorm(net.conv(net.image(3, 8), 8)));
    return [net.conv(x, 2)];
  }),
  "a residual": structure(14, (net) => {
    const x = net.conv(net.image(3, 8), 8);
    const y = net.conv(net.relu(net.conv(x, 6)), 8);
    return [net.conv(net.relu(net.add(x, y)), 2)];
  }),
  "two residuals in a row": structure(16, (net) => {
    const x = net.conv(net.image(3, 8), 8);
    const y = net.add(x, net.conv(net.relu(net.conv(x, 4)), 8));
    const z = net.add(y, net.conv(net.relu(net.conv(y, 4)), 8));
    return [net.conv(z, 2)];
  }),
  concatenation: structure(10, (net) => {
    const x = net.image(3, 8);
    return [net.conv(net.relu(net.concat([net.conv(x, 4), net.conv(x, 6)])), 2)];
  }),
  "a dense block": structure(14, (net) => {
    const x = net.conv(net.image(3, 8), 6);
    const y = net.concat([x, net.conv(net.relu(x), 4)]);
    const z = net.concat([y, net.conv(net.relu(y), 4)]);
    return [net.conv(z, 2)];
  }),
  "a grouped convolution": structure(10, (net) => {
    const x = net.relu(net.conv(net.image(3, 8), 8));
    return [net.conv(net.relu(net.conv(x, 8, { groups: 2 })), 2)];
  }),
  "a depthwise convolution": structure(8, (net) => [
    net.conv(net.relu(net.depthwise(net.relu(net.conv(net.image(3, 8), 8)))), 2),
  ]),
  "a depthwise convolution with a multiplier": structure(10, (net) => [
    net.conv(net.relu(net.depthwise(net.conv(net.image(3, 8), 8), 2)), 2),
  ]),
  "a transposed convolution": structure(14, (net) => [
    net.conv(net.convTranspose(net.relu(net.conv(net.image(3, 8), 8)), 6), 2),
  ]),
  "a flatten into a dense layer": structure(14, (net) => {
    const x = net.flatten(net.maxPool(net.relu(net.conv(net.image(3, 8), 8))));
    return [net.dense(net.relu(net.dense(x, 6)), 3)];
  }),
  "squeeze and excite": structure(12, (net) => {
    const x = net.relu(net.conv(net.image(3, 8), 8));
    const squeezed = net.relu(net.conv(net.globalMean(x), 4, { kernel: 1 }));
    return [net.conv(net.multiply(x, net.sigmoid(net.conv(squeezed, 8, { kernel: 1 }))), 2)];
  }),
  "a split": structure(16, (net) => {
    const [a, b] = net.split(net.conv(net.image(3, 8), 8), [5, 3]) as [never, never];
    return [net.conv(net.relu(net.add(net.conv(a, 8), net.conv(b, 8))), 2)];
  }),
  "a gated unit": structure(6, (net) => {
    const [a, b] = net.split(net.conv(net.image(3, 8), 12), [6, 6]) as [never, never];
    return [net.conv(net.multiply(a, net.sigmoid(b)), 2)];
  }),
  "a pick of channels": structure(8, (net) => [
    net.conv(net.relu(net.pick(net.conv(net.image(3, 8), 8), [6, 1, 0, 7, 1])), 2),
  ]),
  "a padded residual": structure(12, (net) => {
    const x = net.conv(net.image(3, 8), 8);
    return [net.conv(net.add(net.pad(x, 4), net.conv(net.relu(x), 12)), 2)];
  }),
  "a channel shuffle": structure(8, (net) => [
    net.conv(net.relu(net.shuffle(net.conv(net.image(3, 8), 8), 2)), 2),
  ]),
  "a channel shuffle of two branches": structure(24, (net) => {
    const [kept, a] = net.split(net.conv(net.image(3, 8), 8), [4, 4]) as [never, never];
    const b = net.relu(net.conv(net.depthwise(net.relu(net.conv(a, 6, { kernel: 1 }))), 4, { kernel: 1 }));
    const [c, d] = net.split(net.shuffle(net.concat([kept, b]), 2), [4, 4]) as [never, never];
    return [net.conv(net.concat([c, net.relu(net.conv(d, 6))]), 2)];
  }),
  "every second channel of a shuffle": structure(12, (net) => [
    net.conv(net.relu(net.pick(net.shuffle(net.conv(net.image(3, 8), 12), 3), [1, 3, 5, 7, 9, 11])), 2),
  ]),
  "grouped convolutions around a channel shuffle": structure(14, (net) => {
    const x = net.relu(net.conv(net.image(3, 8), 8));
    const y = net.depthwise(net.shuffle(net.relu(net.conv(x, 8, { groups: 2 })), 2));
    return [net.conv(net.conv(y, 8, { groups: 2 }), 2)];
  }),
  "a slope for each channel": structure(8, (net) => [net.conv(net.prelu(net.conv(net.image(3, 8), 8)), 2)]),
  "a layer called twice": structure(6, (net) => {
    const shared = net.sharedDense(6, 6);
    return [net.dense(net.relu(shared(net.relu(shared(net.dense(net.vector(5), 6))))), 3)];
  }),
  "two outputs": structure(14, (net) => {
    const x = net.relu(net.conv(net.image(3, 8), 8));
    return [net.conv(x, 2), net.conv(net.relu(net.conv(x, 6)), 3)];
  }),
  "attention heads": structure(12, (net) => {
    const x = net.sequence(6, 12);
    const y = net.attention(net.dense(x, 16), net.dense(x, 16), net.dense(x, 16), 4);
    return [net.dense(y, 5)];
  }),
  "an LSTM": structure(8, (net) => [net.dense(net.lstm(net.sequence(6, 5), 8), 3)]),
  "an embedding": structure(8, (net) => [net.dense(net.sigmoid(net.embedding(net.indices(6, 9), 9, 8)), 3)]),
  "a norm over the cut axis": structure(8, (net) => [
    net.dense(net.relu(net.layerNorm(net.dense(net.sequence(6, 5), 8))), 3),
  ]),
  "a transformer block": structure(28, (net) => {
    const x = net.dense(net.sequence(6, 5), 8);
    const h = net.layerNorm(x);
    const mixed = net.dense(net.attention(net.dense(h, 8), net.dense(h, 8), net.dense(h, 8), 2), 8);
    const y = net.add(x, mixed);
    const z = net.add(y, net.dense(net.relu(net.dense(net.layerNorm(y), 10)), 8));
    return [net.dense(net.layerNorm(z), 3)];
  }),
  "a softmax, whose axis must stay": structure(0, (net) => [
    net.dense(net.softmax(net.dense(net.vector(5), 8)), 3),
  ]),
} satisfies Record<string, Structure>;

/** The names of all structures that `structures` holds. */
export type StructureName = keyof typeof structures;
