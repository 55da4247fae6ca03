import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { draw, type ModelInput, SamplesError, samplesIn } from "@prune/samples";
import { fromHalf, type SampleFiles } from "@prune/samples/advanced";
import { openSamples } from "@prune/samples/node";
import { afterAll, describe, expect, it } from "vitest";
import { npy, zip } from "./files.js";

const folder = mkdtempSync(join(tmpdir(), "prune-samples-"));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, data: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
  return path;
}

const inMemory = (data: Uint8Array): SampleFiles => ({
  bytes: async (path) => ({
    path,
    size: data.length,
    read: async (offset, length) => data.subarray(offset, offset + length),
  }),
});

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const input = (type: string, ...shape: (number | string)[]): ModelInput => ({ name: "x", type, shape });
const x = input("float32", "n", 2, 3);

const numbers = async (path: string, places: number[], model = x, options = {}): Promise<number[]> => {
  const samples = await openSamples(path, [model], options);
  const { feeds } = await samples.read(places);
  return Array.from(feeds.x?.data as ArrayLike<number>, Number);
};
const refused = (path: string, model: ModelInput | ModelInput[] = x, options = {}): Promise<SamplesError> =>
  openSamples(path, [model].flat(), options)
    .then((samples) => samples.read([0, 1]))
    .then(
      () => Promise.reject(new Error("nothing was refused")),
      (error: unknown) => {
        if (error instanceof SamplesError) return error;
        throw error;
      },
    );

describe(".npy", () => {
  it.each(["<f4", ">f4", "<f8", "<i2", ">i4", "<i8"])("holds %s", async (descr) => {
    const path = written("a.npy", npy(descr, [4, 2, 3], count(24)));
    expect(await numbers(path, [3, 1])).toEqual([18, 19, 20, 21, 22, 23, 6, 7, 8, 9, 10, 11]);
  });
  it("stands for 0 to 1 where bytes feed floats, and for itself where they don't", async () => {
    const path = written("b.npy", npy("|u1", [2, 2, 3], count(12)));
    expect(await numbers(path, [0])).toEqual(count(6).map((byte) => Math.fround(byte / 255)));
    expect(await numbers(path, [0], input("int64", 2, 2, 3))).toEqual([...count(6), ...count(6)]);
    expect(await numbers(path, [1], x, { config: { scale: 1 } })).toEqual([6, 7, 8, 9, 10, 11]);
  });
  it("may be in Fortran order, and of version 2", async () => {
    const values = count(24).map((i) => (i % 4) * 6 + (Math.floor(i / 4) % 2) * 3 + Math.floor(i / 8));
    const path = written("f.npy", npy("<f4", [4, 2, 3], values, { fortran: true, version: 2 }));
    expect(await numbers(path, [2, 0])).toEqual([12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5]);
  });
  it("is turned to the model's layout", async () => {
    const path = written("nchw.npy", npy("<f4", [1, 2, 2, 3], count(12)));
    const last = await numbers(path, [0], input("float32", "n", 2, 3, 2));
    expect(last).toEqual([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
    const nhwc = written("nhwc.npy", npy("<f4", [1, 2, 3, 2], last));
    expect(await numbers(nhwc, [0], input("float32", "n", 2, 2, 3))).toEqual(count(12));
    expect(await numbers(path, [0], input("float32", "n", 12))).toEqual(count(12));
  });
  it("is normalised per channel, and cast", async () => {
    const path = written("c.npy", npy("<f4", [1, 2, 3], count(6)));
    expect(await numbers(path, [0], x, { config: { mean: [1, 2], std: [0.5, 1] } })).toEqual([
      -2, 0, 2, 1, 2, 3,
    ]);
    const halves = await numbers(path, [0], input("float16", "n", 2, 3));
    expect(halves.map(fromHalf)).toEqual(count(6));
  });
});

it("fills a fixed batch with its last sample, and takes one where there is no batch", async () => {
  const path = written("d.npy", npy("<f4", [3, 2], count(6)));
  const samples = await openSamples(path, [input("float32", 2, 2)]);
  expect(samples).toMatchObject({ count: 3, fixedBatch: 2 });
  expect((await samples.read([2])).feeds.x).toEqual({
    type: "float32",
    dims: [2, 2],
    data: Float32Array.of(4, 5, 4, 5),
  });
  const single = await openSamples(path, [input("float32", 2)]);
  expect((await single.read([1])).feeds.x).toMatchObject({ dims: [2], data: Float32Array.of(2, 3) });
});

describe.each([false, true])(".npz, compressed: %s", (compressed) => {
  const files = {
    "ids.npy": npy("<i8", [5, 3], count(15)),
    "mask.npy": npy("|b1", [5, 3], Array(15).fill(1)),
    "y.npy": npy("<i8", [5], [0, 1, 2, 0, 1]),
  };
  const ids: ModelInput = { name: "ids", type: "int64", shape: ["n", "length"] };
  const mask: ModelInput = { name: "attention", type: "bool", shape: ["n", "length"] };
  it("feeds inputs by name and has labels", async () => {
    const path = written("two.npz", zip(files, compressed));
    const samples = await openSamples(path, [ids, mask], { config: { inputs: { attention: "mask" } } });
    const { feeds, labels } = await samples.read([4, 0, 2]);
    expect(labels).toEqual(Int32Array.of(1, 0, 2));
    expect(feeds.ids?.data).toEqual(BigInt64Array.from([12, 13, 14, 0, 1, 2, 6, 7, 8], BigInt));
    expect(feeds.attention).toMatchObject({ type: "bool", dims: [3, 3] });
  });
  it("is read where there is no disk, too", async () => {
    const samples = await samplesIn(inMemory(zip(files, compressed)), "two.npz", [ids, mask], {
      config: { inputs: { attention: "mask" } },
    });
    const { feeds, labels } = await samples.read([4, 0]);
    expect(labels).toEqual(Int32Array.of(1, 0));
    expect(feeds.ids?.data).toEqual(BigInt64Array.from([12, 13, 14, 0, 1, 2], BigInt));
  });
  it("is refused there where it is damaged", async () => {
    const whole = zip(files, compressed);
    const name = Buffer.from(whole).indexOf("ids.npy");
    const damaged = Uint8Array.from(whole);
    // A bit of the contents: a checksum, or what was packed, no longer fits.
    damaged[name + (compressed ? 30 : 150)] = (damaged[name + (compressed ? 30 : 150)] as number) ^ 1;
    for (const bytes of [damaged, whole.subarray(0, whole.length - 30), whole.subarray(0, 3)]) {
      const error = await samplesIn(inMemory(bytes), "two.npz", [ids]).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "bad-file" });
    }
  });
  it("says which input it has nothing for", async () => {
    const path = written("two.npz", zip(files, compressed));
    const error = await refused(path, [ids, mask]);
    expect(error).toMatchObject({ code: "input-missing" });
    expect(error.message).toMatch(/needs the input "attention"; the samples have ids, mask/);
  });
});

describe("JSON", () => {
  it("is nested arrays, or an object of them", async () => {
    const path = written("a.json", "[[[1,2,3],[4,5,6]],[[7,8,9],[10,11,12]]]");
    expect(await numbers(path, [1])).toEqual([7, 8, 9, 10, 11, 12]);
    const two = written("b.json", '{"x":[[1],[2]],"labels":[3,4]}');
    expect((await openSamples(two, [input("float32", "n", 1)])).labels).toEqual(Int32Array.of(3, 4));
  });
});

describe("what can't be used is refused", () => {
  const good = npy("<f4", [2, 2, 3], count(12));
  it.each<[string, Uint8Array | string, string, RegExp]>([
    [
      "short.npy",
      good.subarray(0, good.length - 1),
      "bad-file",
      /ends early: an array of 2x2x3 takes 176 bytes, .* 175/,
    ],
    ["header.npy", good.subarray(0, 40), "bad-file", /ends within the header/],
    ["empty.npy", "", "bad-file", /does not begin as an \.npy file/],
    ["magic.npy", "PK\x03\x04 and so on", "bad-file", /does not begin as an \.npy file/],
    ["complex.npy", npy("<c8", [2, 2, 3], count(12)), "bad-file", /its elements are "<c8"/],
    ["scalar.npy", npy("<f4", [], [1]), "bad-file", /one number/],
    ["none.npy", npy("<f4", [0, 2, 3], []), "bad-file", /no samples/],
    [
      "other.npy",
      npy("<f4", [2, 4], count(8)),
      "samples-input",
      /shape 4 don't fit .*"x" \(float32\[n,2,3\]\)/,
    ],
    ["swap.npy", npy("<f4", [2, 3, 2, 1], count(12)), "samples-input", /shape 3x2x1 don't fit/],
    [
      "nan.npy",
      npy("<f4", [2, 2, 3], [...count(11), Number.NaN]),
      "bad-value",
      /Sample 1 has NaN .* nothing can be computed/,
    ],
    ["big.npy", npy("<f8", [2, 2, 3], [...count(11), 1e300]), "bad-value", /1e\+300/],
    ["torn.npz", zip({ "x.npy": good }).subarray(0, 100), "bad-file", /no archive that can be read/],
    ["text.npz", zip({ "a.txt": good }), "bad-file", /holds no arrays/],
    ["bad.json", "[[1,2", "bad-file", /is not JSON/],
    ["ragged.json", "[[[1,2,3],[4,5]]]", "bad-file", /it\[0\]\[1\] must be an array of 3/],
    ["null.json", "[[[1,2,null],[4,5,6]]]", "bad-file", /it\[0\]\[0\]\[2\] is no number/],
    ["raw.u8", "123456", "no-shape", /which shape does a sample have/],
  ])("%s", async (name, data, code, message) => {
    const error = await refused(written(name, data));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });
  it("integers that are none, or don't fit", async () => {
    const path = written("halves.npy", npy("<f4", [2, 2, 3], [...count(11), 0.5]));
    expect((await refused(path, input("int64", "n", 2, 3))).code).toBe("bad-value");
    const wide = written("wide.npy", npy("<i2", [2, 2, 3], [...count(11), 256]));
    expect((await refused(wide, input("uint8", "n", 2, 3))).message).toMatch(/256 .* uint8 can't hold/);
    expect((await refused(wide, input("string", "n", 2, 3))).code).toBe("input-type");
  });
  it("labels that are none", async () => {
    const path = written("x.npy", good);
    const labelled = (labels: Uint8Array, name = "y.npy") =>
      refused(path, x, { labels: written(name, labels) });
    expect((await labelled(npy("<i8", [3], count(3)))).message).toMatch(/2 samples and 3 labels/);
    expect((await labelled(npy("<f4", [2], [0, 0.5]))).code).toBe("bad-label");
    expect((await labelled(npy("<i8", [2], [0, -1]))).code).toBe("bad-label");
    expect((await refused(path, x, { labels: join(folder, "no.npy") })).code).toBe("unreadable");
  });
  it.each<[object, string]>([
    [{ shape: [0] }, "shape"],
    [{ scale: 0 }, "scale"],
    [{ std: [1, 0] }, "std"],
    [{ mean: [1, 2, 3, 4] }, "mean"],
    [{ layout: "NCHW" }, "layout"],
    [{ colour: "grey" }, "colour"],
    [{ inputs: { x: 1 } }, "inputs"],
  ])("the configuration %j", async (config, field) => {
    expect(await refused(written("x.npy", good), x, { config })).toMatchObject({
      code: "config-invalid",
      detail: { field },
    });
  });
  it("a path where nothing is", async () => {
    expect((await refused(join(folder, "nowhere.npy"))).message).toMatch(
      /Can't read .*nowhere.npy: no such file/,
    );
  });
});

it("reads only what it is asked for", async () => {
  const samples = await openSamples(written("raw.u8", Uint8Array.from(count(60))), [x], {
    config: { shape: [2, 3] },
  });
  expect(samples.count).toBe(10);
  const { feeds } = await samples.read(draw(10, 2, 1));
  expect(feeds.x?.dims).toEqual([2, 2, 3]);
});

it("draws without replacement, the same for the same seed", () => {
  const drawn = draw(100, 40, 7);
  expect(new Set(drawn).size).toBe(40);
  expect(draw(100, 40, 7)).toEqual(drawn);
  expect(draw(100, 40, 8)).not.toEqual(drawn);
  expect([...draw(5, 5, 0)].sort()).toEqual(count(5));
});
