import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModelInput, SamplesError, samplesIn } from "@prune/samples";
import type { SampleFiles } from "@prune/samples/advanced";
import { openSamples } from "@prune/samples/node";
import { afterAll, expect, it } from "vitest";
import { npy, zip } from "./files.js";

const folder = mkdtempSync(join(tmpdir(), "prune-bounds-"));
afterAll(() => rmSync(folder, { recursive: true }));

const x: ModelInput = { name: "x", type: "float32", shape: ["n", 4] };

/** A file that is said to have so many bytes, and holds these at its beginning. */
const said = (size: number, bytes: Uint8Array = new Uint8Array()): SampleFiles => ({
  bytes: async (path) => ({
    path,
    size,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  }),
});

const header = (shape: readonly number[], fortran = false): Uint8Array => npy("<f4", shape, [], { fortran });

it.each<[string, string, SampleFiles, RegExp]>([
  ["JSON that is too long to be text", "x.json", said(2 ** 30), /268435456 are the most/],
  [
    "an array in Fortran order that memory can't hold twice",
    "x.npy",
    said(2 ** 40, header([2 ** 30, 4], true)),
    /np\.ascontiguousarray/,
  ],
  [
    "more samples than can be drawn from",
    "x.npy",
    said(2 ** 50, header([2 ** 40, 4])),
    /134217728 are the most/,
  ],
  [
    "samples that are too large to be read at once",
    "x.npy",
    said(2 ** 50, header([64, 4, 2 ** 20])),
    /ask for fewer/,
  ],
  [
    "a sample that no model takes",
    "x.npy",
    said(2 ** 50, header([64, 4, 2 ** 36])),
    /holds 274877906944 numbers, and 134217728 are the most/,
  ],
])("%s is refused, and the bound is named", async (what, path, files, message) => {
  const rank3 = /sample/.test(what) && !what.startsWith("more");
  const reading = samplesIn(files, path, [rank3 ? { ...x, shape: ["n", 4, "m"] } : x]).then((samples) =>
    samples.read(new Int32Array(300)),
  );
  await expect(reading).rejects.toThrow(SamplesError);
  await expect(reading).rejects.toThrow(message);
});

it("an archive that would unpack to more than is read is refused before it is unpacked", async () => {
  const array = npy("<f4", [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
  const bytes = zip({ "a.npy": array, "b.npy": array, "c.npy": array }, true);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The sizes that the directory at the end gives for what is unpacked.
  for (let at = 0; at < bytes.length - 4; at++)
    if (view.getUint32(at, false) === 0x504b0102) view.setUint32(at + 24, 0xfffffffe, true);
  const path = join(folder, "bomb.npz");
  writeFileSync(path, bytes);
  await expect(openSamples(path, [x])).rejects.toThrow(/8589934592 are the most.*np\.savez/);
});

it.each([
  ["as they are", false],
  ["compressed", true],
])("contents that don't match their checksum are refused: stored %s", async (_, compressed) => {
  const array = npy(
    "<f4",
    [4, 4],
    Array.from({ length: 16 }, (_, i) => i),
  );
  const bytes = zip({ "x.npy": array }, compressed);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = bytes.length - 22 - (46 + "x.npy".length);
  expect(view.getUint32(at, false)).toBe(0x504b0102);
  view.setUint32(at + 16, view.getUint32(at + 16, true) ^ 1, true);
  const path = join(folder, `checksum-${compressed}.npz`);
  writeFileSync(path, bytes);
  const reading = openSamples(path, [x]).then((samples) => samples.read([0, 1, 2, 3]));
  await expect(reading).rejects.toThrow(/don't match its checksum/);
});

it("reads an archive once for all batches, and gives what each batch by itself is", async () => {
  const array = npy(
    "<f4",
    [6, 4],
    Array.from({ length: 24 }, (_, i) => i),
  );
  const path = join(folder, "once.npz");
  writeFileSync(path, zip({ "x.npy": array }, true));
  const samples = await openSamples(path, [x]);
  const places = [[5, 0, 3], [1, 1], [4]];
  const all = await samples.readAll(places);
  expect(all.map(({ feeds }) => Array.from(feeds.x?.data as Float32Array))).toEqual(
    await Promise.all(
      places.map(async (some) => Array.from((await samples.read(some)).feeds.x?.data as Float32Array)),
    ),
  );
});
