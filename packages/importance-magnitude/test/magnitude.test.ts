import type { Family, Probe, Trace } from "@prune/graph";
import { batchNormScale, fpgm, lamp, magnitude, random } from "@prune/importance-magnitude";
import type { Normaliser, ReductionName } from "@prune/importance-magnitude/advanced";
import { describe, expect, test } from "vitest";
import { floats } from "../../onnx/test/files/build-model.js";
import { convolutions, numbers, probeOf, tokens, valuesOf } from "./models.js";

/** Elements of each unit in each axis, by asking for every element which names it has. */
function elementsOf(trace: Trace, probe: Probe, family: Family): number[][][] {
  const { units } = trace;
  const mine = [...family.units].map(
    (u) => new Set(units.atoms.subarray(units.start[u], units.start[u + 1])),
  );
  return family.members.flatMap((m) => {
    const { parameter, selector } = trace.members[m]!;
    const data = probe.weights(parameter.tensor)?.data;
    if (!data) return [];
    const perUnit: number[][] = mine.map(() => []);
    for (let e = 0; e < data.length; e++) {
      let rest = e;
      const at = [...selector.view]
        .reverse()
        .map((n) => {
          const k = rest % n;
          rest = Math.floor(rest / n);
          return k;
        })
        .reverse();
      const position = selector.dims.reduce((p, d) => p * selector.view[d]! + at[d]!, 0);
      const names = trace.atomsOf(selector.ids[position]!);
      mine.forEach((own, u) => {
        if (names.some((atom) => own.has(atom))) perUnit[u]!.push(data[e]!);
      });
    }
    return [perUnit];
  });
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

const reductions: Record<ReductionName, (scores: readonly number[]) => number> = {
  sum,
  mean: (s) => sum(s) / s.length,
  max: (s) => Math.max(...s),
  product: (s) => s.reduce((a, b) => a * b, 1),
  first: (s) => s[0]!,
  gate: (s) => s[s.length - 1]!,
};

const deviation = (s: readonly number[]): number => {
  const mean = sum(s) / s.length;
  return Math.sqrt(sum(s.map((x) => (x - mean) ** 2)) / (s.length - 1));
};

const normalisers: readonly [Normaliser, (all: readonly number[]) => number[]][] = [
  ["none", (s) => [...s]],
  ["sum", (s) => s.map((x) => x / sum(s))],
  ["mean", (s) => s.map((x) => x / (sum(s) / s.length))],
  ["max", (s) => s.map((x) => x / Math.max(...s))],
  ["min-max", (s) => s.map((x) => (x - Math.min(...s)) / (Math.max(...s) - Math.min(...s)))],
  ["gaussian", (s) => s.map((x) => (x - sum(s) / s.length) / deviation(s))],
  [{ sentinel: 0.5 }, (s) => s.map((x) => x / [...s].sort((a, b) => a - b)[Math.floor(s.length / 2)]!)],
  ["lamp", (s) => s.map((x) => x / sum(s.filter((y) => y >= x)))],
  [(s) => Float64Array.from(s, (x) => x + 1), (s) => s.map((x) => x + 1)],
];

function near(got: Float32Array, want: readonly number[]): void {
  expect(got).toHaveLength(want.length);
  want.forEach((x, i) => {
    expect(Math.abs(got[i]! - x)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(x)));
  });
}

test("a function is given the scores of every parameter", async () => {
  const { trace, probe } = probeOf(convolutions);
  for (const family of trace.families) {
    const stacks: (readonly Float64Array[])[] = [];
    const reduction = (members: readonly Float64Array[]): Float64Array => {
      stacks.push(members);
      return members.reduce((a, b) => a.map((x, u) => Math.min(x, b[u]!)));
    };
    const least = await magnitude({ p: 1, reduction, normaliser: "none", bias: true }).score(family, probe);
    const members = elementsOf(trace, probe, family).filter(
      (_, i) => !/^(mean|variance)$/.test(memberOf(trace, family, i).parameter.tensor),
    );
    const sums = members.map((member) => member.map((own) => sum(own.map(Math.abs))));
    expect(stacks[0]).toHaveLength(sums.length);
    near(
      least,
      Array.from(family.units, (_, u) => Math.min(...sums.map((member) => member[u]!))),
    );
  }
});

describe.each([
  ["convolutions", convolutions],
  ["tokens", tokens],
])("scores of %s equal sums element by element", (_, graph) => {
  const { trace, probe } = probeOf(graph);
  // Running statistics are no weights; what is only added is one when asked.
  const counted = (tensor: string, bias: boolean): boolean =>
    !/^(mean|variance)$/.test(tensor) && (bias || !/^(.*bias|shift|b)$/.test(tensor));
  for (const [p, bias] of [1, 2, 3].flatMap((p) => [[p, false] as const, [p, true] as const]))
    for (const reduction of Object.keys(reductions) as ReductionName[])
      test(`L${p}, ${reduction}, every normaliser${bias ? ", with biases" : ""}`, async () => {
        expect(trace.families.length).toBeGreaterThan(1);
        for (const family of trace.families) {
          const elements = elementsOf(trace, probe, family).filter((_, i) =>
            counted(memberOf(trace, family, i).parameter.tensor, bias),
          );
          const powers = elements.map((member) => member.map((own) => sum(own.map((w) => Math.abs(w) ** p))));
          const raw = Array.from(family.units, (_, u) =>
            reductions[reduction](powers.map((member) => member[u]!)),
          );
          for (const [normaliser, naive] of normalisers) {
            if (family.units.length < 2 && normaliser !== "none") continue;
            near(await magnitude({ p, reduction, normaliser, bias }).score(family, probe), naive(raw));
          }
        }
      });

  test("distances of all pairs", async () => {
    for (const family of trace.families) {
      const out = elementsOf(trace, probe, family).filter((_, i) => roleOf(trace, family, i) === "out");
      if (out.length === 0) continue;
      const distance = (a: readonly number[], b: readonly number[]): number =>
        Math.sqrt(sum(a.map((x, i) => (x - b[i]!) ** 2)));
      const scores = out.map((member) => member.map((a) => sum(member.map((b) => distance(a, b)))));
      const want = Array.from(family.units, (_, u) => reductions.mean(scores.map((member) => member[u]!)));
      near(await fpgm({ normaliser: "none" }).score(family, probe), want);
    }
  });
});

const memberOf = (trace: Trace, { members }: Family, i: number) => trace.members[members[i]!]!;

const roleOf = (trace: Trace, family: Family, i: number) => memberOf(trace, family, i).selector.role;

describe("members", () => {
  test("of a grouped convolution are its filters, and the columns that read a channel", async () => {
    const { probe, family } = probeOf(convolutions);
    const channels = family("grouped", "0,2");
    const grouped = valuesOf(convolutions, "grouped");
    // Unit u is channel u of both groups: filters 0-5 read channels 0-3, filters 6-11 channels 4-7.
    const want = Array.from({ length: 4 }, (_, c) => {
      let total = 0;
      for (let filter = 0; filter < 12; filter++)
        for (let k = 0; k < 9; k++) total += grouped[(filter * 4 + c) * 9 + k]! ** 2;
      return total;
    });
    expect(channels.units).toHaveLength(4);
    near(await magnitude({ reduction: "gate", normaliser: "none" }).score(channels, probe), want);
  });

  test("of a recurrent layer are all gates of both matrices, both biases, and the columns of the recurrent one", async () => {
    const { probe, family } = probeOf(tokens);
    const hidden = family("r", "3");
    const [w, r, b, last] = ["w", "r", "b", "last"].map((name) => valuesOf(tokens, name)) as Float32Array[];
    const want = Array.from({ length: 6 }, (_, h) => {
      let total = 0;
      for (let gate = 0; gate < 4; gate++) {
        for (let i = 0; i < 8; i++) total += Math.abs(w![(gate * 6 + h) * 8 + i]!);
        for (let i = 0; i < 6; i++) total += Math.abs(r![(gate * 6 + h) * 6 + i]!);
      }
      for (let row = 0; row < 24; row++) total += Math.abs(r![row * 6 + h]!);
      for (let gate = 0; gate < 8; gate++) total += Math.abs(b![gate * 6 + h]!);
      for (let o = 0; o < 3; o++) total += Math.abs(last![h * 3 + o]!);
      return total;
    });
    near(
      await magnitude({ p: 1, reduction: "sum", normaliser: "none", bias: true }).score(hidden, probe),
      want,
    );
  });

  test("behind a flatten add up", async () => {
    const { probe, family } = probeOf(convolutions);
    const channels = family("transposed", "1");
    const last = valuesOf(convolutions, "last");
    const want = Array.from({ length: 6 }, (_, c) =>
      sum([...last.subarray(c * 80, (c + 1) * 80)].map(Math.abs)),
    );
    near(await magnitude({ p: 1, roles: ["in"], normaliser: "none" }).score(channels, probe), want);
  });
});

test("batch-norm scales alone decide where there are any", async () => {
  const { probe, family } = probeOf(convolutions);
  const scale = valuesOf(convolutions, "scale");
  // Units are pairs of channels: one of each group that the next layer reads them in.
  const want = Array.from({ length: 4 }, (_, c) => Math.abs(scale[c]!) + Math.abs(scale[c + 4]!));
  near(await batchNormScale().score(family("scale", "0"), probe), want);
  const other = family("depthwise", "0");
  expect(await batchNormScale({ otherwise: magnitude({ p: 2 }) }).score(other, probe)).toEqual(
    await magnitude({ p: 2 }).score(other, probe),
  );
});

test("LAMP is the magnitude's share of what would be left", async () => {
  const { probe, family } = probeOf(tokens);
  const scores = await lamp().score(family("bare", "0"), probe);
  expect(Math.max(...scores)).toBe(1);
  expect(scores).toEqual(await magnitude({ normaliser: "lamp" }).score(family("bare", "0"), probe));
});

test("random scores follow the seed", async () => {
  const { probe, trace } = probeOf(tokens);
  const [a, b] = trace.families as [Family, Family];
  const first = await random({ seed: 1 }).score(a, probe);
  expect(first).toEqual(await random({ seed: 1 }).score(a, probe));
  expect(first).not.toEqual(await random({ seed: 2 }).score(a, probe));
  expect([...first]).not.toEqual([...(await random({ seed: 1 }).score(b, probe))].slice(0, first.length));
  expect(first.every((x) => x >= 0 && x < 1)).toBe(true);
});

test.each([1, 2, 3])("L%i refuses weights that are not finite, and names the first", async (p) => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const broken = {
      ...convolutions,
      initializer: (convolutions.initializer ?? []).map((tensor) => {
        if (tensor.name !== "transposed") return tensor;
        const list = numbers(72, 10);
        list[17] = value;
        return floats("transposed", [12, 6, 1, 1], list);
      }),
    };
    const { probe, family } = probeOf(broken);
    await expect(magnitude({ p }).score(family("transposed", "1"), probe)).rejects.toMatchObject({
      code: "non-finite",
      detail: { tensor: "transposed", index: 17 },
    });
  }
});

test("names and words that are none are refused, with the nearest", () => {
  const given =
    (options: object): (() => unknown) =>
    () =>
      magnitude(options);
  expect(given({ normalizer: "mean" })).toThrow(
    /magnitude has no option `normalizer`: did you mean `normaliser`/,
  );
  expect(given({ reduction: "meen" })).toThrow(/`reduction` of magnitude can't be "meen".*`mean`/);
  expect(given({ normaliser: "gausian" })).toThrow(/`gaussian`/);
  expect(given({ p: "l1" })).toThrow(/`p` of magnitude can't be "l1"/);
  expect(() => fpgm({ distance: "manhattan" } as object)).toThrow(/fpgm has no option `distance`/);
});
