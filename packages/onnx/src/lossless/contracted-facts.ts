import { type Fact, type Facts, factOf, unknown } from "./facts.js";
import { hull, sumFrom, zero } from "./interval.js";
import type { Contraction, View } from "./view.js";

/** What the outputs of a convolution or product hold. */
export function contracted(of: Contraction, view: View): Facts | undefined {
  const names = view.along(of.output, of.outDim);
  if (names?.length !== of.outputs) return undefined;
  const from = view.along(of.input, of.inDim);
  const inputs = from && Array.from(from, (name) => factOf(view, of.input, name));
  const found = new Map<number, Fact>();
  for (let o = 0; o < of.outputs; o++) {
    const name = names[o] as number;
    const fact = outputFact(of, view, o, inputs ?? []);
    const other = found.get(name);
    found.set(name, other ? { values: hull(other.values, fact.values), print: 0 } : fact);
  }
  return found;
}

function outputFact(of: Contraction, view: View, o: number, inputs: readonly Fact[]): Fact {
  const { taps, weight, padded } = of;
  const group = Math.floor(o / (of.outputs / of.groups));
  const sum = sumFrom(of.bias?.[o] ?? 0);
  let most = 0;
  for (let i = 0; i < of.inputs && most <= of.negligible; i++)
    for (let tap = 0; tap < taps; tap++) most = Math.max(most, Math.abs(weight(o, i, tap)));
  const nothing = most <= of.negligible;
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let i = 0; i < of.inputs; i++) {
    const { values } = inputs[group * of.inputs + i] ?? unknown;
    const seen = padded ? hull(values, zero) : values;
    for (let tap = 0; tap < taps; tap++) {
      const w = weight(o, i, tap);
      scratch[0] = w;
      low = Math.imul(low ^ (bits[0] as number), 0x01000193);
      high = Math.imul((high << 5) ^ (high >>> 27) ^ (bits[0] as number), 0x85ebca6b);
      if (!nothing && !sum.lost) sum.term(w, seen);
    }
  }
  const source = of.inputs === 1 ? print(inputs[group]) : `group ${of.groups === 1 ? 0 : group}`;
  const row = `${low} ${high} ${of.bias?.[o] ?? 0}`;
  return { values: sum.result(), print: (source && view.intern(`${of.node.index} ${source} ${row}`)) || 0 };
}

/** A channel by what it holds; undefined where that is not known. */
const print = (fact: Fact | undefined): string | undefined =>
  fact && fact.print !== 0 ? `print ${fact.print}` : undefined;

const scratch = new Float32Array(1);
const bits = new Int32Array(scratch.buffer);
