import type { Probe, Trace, WeightData } from "@prune/graph";
import { toHalf } from "@prune/samples/advanced";

/** A traced graph and its weights. */
export interface Seen {
  readonly trace: Trace;
  readonly probe: Probe;
}

/**
 * Tensors of a graph that hold the same weights as one of another graph of the network, by name: found by what they
 * hold, to half precision, where nothing else holds that; and quantised ones by what they are called.
 */
export function sharedWeights(here: Seen, there: Seen): ReadonlyMap<string, string> {
  const [own, others] = [byContents(here), byContents(there)];
  const pairs = new Map<string, string>();
  for (const [key, tensor] of own) {
    const other = others.get(key);
    if (tensor !== undefined && other !== undefined) pairs.set(tensor, other);
  }
  for (const [tensor, shape] of storedIn(here.trace)) {
    const plain = tensor.replace(/_quantized$/, "");
    if (plain !== tensor && String(storedIn(there.trace).get(plain)) === String(shape))
      pairs.set(tensor, plain);
  }
  return pairs;
}

const stored = new WeakMap<Trace, ReadonlyMap<string, readonly number[]>>();

/** Stored tensors that units lie in, by name, with their shapes. */
function storedIn(trace: Trace): ReadonlyMap<string, readonly number[]> {
  const found =
    stored.get(trace) ??
    new Map(
      trace.parameters
        .filter(({ tensor, derived }) => !derived && trace.source.parameter(tensor))
        .map(({ tensor, shape }) => [tensor, shape]),
    );
  stored.set(trace, found);
  return found;
}

const contents = new WeakMap<Trace, ReadonlyMap<string, string | undefined>>();

/** Tensors by what they hold; undefined where several hold the same. */
function byContents({ trace, probe }: Seen): ReadonlyMap<string, string | undefined> {
  const known = contents.get(trace);
  if (known) return known;
  const found = new Map<string, string | undefined>();
  for (const [tensor, shape] of storedIn(trace)) {
    const weights = probe.weights(tensor, { inStretches: true });
    if (!weights) continue;
    const key = `${shape} ${fingerprint(weights)}`;
    found.set(key, found.has(key) ? undefined : tensor);
  }
  contents.set(trace, found);
  return found;
}

/** So many stretches of so many elements are looked at. */
const [stretches, wide] = [64, 128];

/** A hash of elements from all over a tensor, rounded to halves, so that a tensor stored in halves has the same. */
function fingerprint(weights: WeightData): string {
  const size = weights.shape.reduce((a, b) => a * b, 1);
  const whole = size <= stretches * wide;
  let [a, b] = [0x811c9dc5, 0x1b873593];
  for (let k = 0; k < (whole ? 1 : stretches); k++) {
    const from = whole ? 0 : Math.floor((k * (size - wide)) / (stretches - 1));
    const to = whole ? size : from + wide;
    const values = weights.read ? weights.read(from, to) : weights.data.subarray(from, to);
    for (let i = 0; i < to - from; i++) {
      const half = toHalf(values[i] as number);
      // Zeros of both signs are one number.
      const bits = half === 0x8000 ? 0 : half;
      a = Math.imul(a ^ bits, 0x01000193);
      b = Math.imul(b ^ (bits + k), 0x85ebca6b) ^ (b >>> 13);
    }
  }
  return `${a >>> 0} ${b >>> 0}`;
}
