import type { Family, Probe, Trace, WeightData } from "@prune/graph";
import {
  batchNormL1,
  groupLasso,
  groupNorm,
  groupNormRates,
  growRates,
  type Penalty,
  unitDecay,
} from "@prune/regularization";
import { describe, expect, test } from "vitest";
import { convolutions, probeOf, tokens } from "../../importance-magnitude/test/models.js";

/** Weights in double precision, that a test may move; typed as what probes give. */
function movable(probe: Probe): { readonly probe: Probe; readonly data: Map<string, Float64Array> } {
  const all = probe.trace.parameters;
  const data = new Map<string, Float64Array>();
  const shapes = new Map<string, readonly number[]>();
  for (const { tensor } of all) {
    const found = probe.weights(tensor);
    if (!found) continue;
    data.set(tensor, Float64Array.from(found.data));
    shapes.set(tensor, found.shape);
  }
  const weights = (tensor: string): WeightData | undefined => {
    const values = data.get(tensor);
    return values && { shape: shapes.get(tensor)!, data: values as unknown as Float32Array };
  };
  return { probe: { ...probe, weights }, data };
}

/** Tensor and element of every weight of a unit, once per axis that it lies along, by asking for each element's names. */
function elementsOf(trace: Trace, family: Family, u: number): (readonly [string, number])[] {
  const { units } = trace;
  const unit = family.units[u]!;
  const own = new Set(units.atoms.subarray(units.start[unit], units.start[unit + 1]));
  return family.members.flatMap((m) => {
    const { parameter, selector } = trace.members[m]!;
    if (/^(mean|variance|.*bias|shift|b)$/.test(parameter.tensor)) return [];
    const size = parameter.shape.reduce((a, b) => a * b, 1);
    const found: (readonly [string, number])[] = [];
    for (let e = 0; e < size; e++) {
      let [rest, position, stride] = [e, 0, 1];
      for (let d = selector.view.length - 1; d >= 0; d--) {
        const at = rest % selector.view[d]!;
        rest = Math.floor(rest / selector.view[d]!);
        if (!selector.dims.includes(d)) continue;
        position += at * stride;
        stride *= selector.view[d]!;
      }
      if (trace.atomsOf(selector.ids[position]!).some((atom) => own.has(atom)))
        found.push([parameter.tensor, e]);
    }
    return found;
  });
}

const channels = ({ families }: Trace): Family[] => families.filter(({ kind }) => kind === "channels");

/** Norms of a family's units, squared, element by element. */
const squares = (trace: Trace, family: Family, data: ReadonlyMap<string, Float64Array>): number[] =>
  Array.from(family.units, (_, u) =>
    elementsOf(trace, family, u).reduce((sum, [tensor, e]) => sum + data.get(tensor)![e]! ** 2, 0),
  );

/** Central differences of a value by some elements of every tensor, against a gradient. */
function checkGradient(data: ReadonlyMap<string, Float64Array>, penalty: Penalty, value: () => number): void {
  const step = 1e-4;
  let moved = 0;
  for (const [tensor, values] of data)
    for (let e = 0; e < values.length; e += Math.max(1, Math.floor(values.length / 17))) {
      const before = values[e]!;
      values[e] = before + step;
      const up = value();
      values[e] = before - step;
      const slope = (up - value()) / (2 * step);
      values[e] = before;
      expect(Math.abs(slope - (penalty.gradients.get(tensor)?.[e] ?? 0)), `${tensor}[${e}]`).toBeLessThan(
        1e-6,
      );
      if (slope !== 0) moved++;
    }
  expect(moved).toBeGreaterThan(10);
}

const close = (got: number, want: number): void => {
  expect(Math.abs(got - want)).toBeLessThan(1e-6 * Math.max(1, Math.abs(want)));
};

describe.each([
  ["convolutions of every kind", convolutions],
  ["a recurrent layer behind an embedding", tokens],
])("%s", (_, graph) => {
  const { probe, data } = movable(probeOf(graph).probe);
  const { trace } = probe;
  const norms = channels(trace).map((family) => squares(trace, family, data).map(Math.sqrt));
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

  test("group lasso is the sum of the units' norms, with its gradient", () => {
    expect(trace.families.length).toBeGreaterThan(1);
    const penalty = groupLasso(probe, { rate: 0.1 });
    close(penalty.value, 0.1 * sum(norms.flat()));
    checkGradient(data, penalty, () => groupLasso(probe, { rate: 0.1 }).value);
  });

  test("group norm decays small units faster, with its gradient at held rates", () => {
    const options = { rate: 0.1, alpha: 3 };
    const rates = groupNormRates(probe, options);
    let want = 0;
    channels(trace).forEach(({ id }, f) => {
      const own = norms[f]!;
      const [min, max] = [Math.min(...own), Math.max(...own)];
      own.forEach((norm, u) => {
        const rate = 0.1 * 2 ** (max > min ? (3 * (max - norm)) / (max - min) : 0);
        close(rates.get(id)![u]!, rate);
        want += (rate / 2) * norm ** 2;
      });
    });
    const penalty = groupNorm(probe, options);
    close(penalty.value, want);
    checkGradient(data, penalty, () => unitDecay(probe, rates).value);
  });

  test("growing rates rise by how small a unit is, up to the ceiling", () => {
    const once = growRates(probe, undefined, { start: 0.2, delta: 0.5 });
    const twice = growRates(probe, once, { delta: 0.5, ceiling: 1 });
    channels(trace).forEach(({ id }, f) => {
      const own = norms[f]!;
      const [min, max] = [Math.min(...own), Math.max(...own)];
      own.forEach((norm, u) => {
        const speed = max > min ? (max - norm) / (max - min) : 0;
        close(once.get(id)![u]!, 0.2 + 0.5 * speed);
        close(twice.get(id)![u]!, Math.min(1, 0.2 + speed));
      });
    });
    checkGradient(data, unitDecay(probe, twice), () => unitDecay(probe, twice).value);
  });

  test("growing rates of a plan's units rise alone", () => {
    const [family] = channels(trace);
    const leaving = [family!.units[1]!];
    const grown = growRates(probe, undefined, { units: leaving, delta: 0.25 });
    for (const { id, units } of channels(trace))
      expect([...grown.get(id)!]).toEqual(Array.from(units, (u) => (leaving.includes(u) ? 0.25 : 0)));
    const { gradients } = unitDecay(probe, grown);
    const own = new Set(elementsOf(trace, family!, 1).map(([tensor, e]) => `${tensor} ${e}`));
    for (const [tensor, gradient] of gradients)
      gradient.forEach((slope, e) => {
        const w = data.get(tensor)![e]!;
        if (own.has(`${tensor} ${e}`)) expect(Math.sign(slope)).toBe(Math.sign(w));
        else expect(slope).toBe(0);
      });
  });
});

describe("units that are zero", () => {
  test("have no gradient", () => {
    const { probe, data } = movable(probeOf(convolutions).probe);
    for (const values of data.values()) values.fill(0);
    const { value, gradients } = groupLasso(probe);
    expect(value).toBe(0);
    for (const gradient of gradients.values()) expect(gradient.every((slope) => slope === 0)).toBe(true);
  });
});

describe("network slimming", () => {
  test("is the sum of the scales' sizes, with its gradient", () => {
    const { probe, data } = movable(probeOf(convolutions).probe);
    const penalty = batchNormL1(probe, { rate: 0.1 });
    const scale = data.get("scale")!;
    close(penalty.value, 0.1 * scale.reduce((total, value) => total + Math.abs(value), 0));
    expect([...penalty.gradients.keys()]).toEqual(["scale"]);
    penalty.gradients.get("scale")!.forEach((slope, c) => {
      close(slope, 0.1 * Math.sign(scale[c]!));
    });
  });

  test("leaves families alone that are not asked for", () => {
    const { probe } = probeOf(convolutions);
    const { value, gradients } = batchNormL1(probe, { families: [] });
    expect([value, gradients.size]).toEqual([0, 0]);
  });
});

test("biases count when asked", () => {
  const { probe } = probeOf(convolutions);
  const [without, all] = [false, true].map((bias) => groupLasso(probe, { bias }).gradients);
  expect(without!.has("shift")).toBe(false);
  expect(all!.get("shift")!.some((slope) => slope !== 0)).toBe(true);
  expect(all!.has("mean")).toBe(false);
});
