import { samplesIn } from "@prune/samples";
import { expect, test } from "vitest";
import { crc32 } from "../src/npz/crc32.js";
import { npy } from "./files.js";

const text = new TextEncoder();

/** An archive whose sizes, offsets and counts are all of 64 bits, as NumPy writes it for large arrays (APPNOTE 4.5.3). */
function zip64(name: string, contents: Uint8Array): Uint8Array {
  const parts: number[] = [];
  const number = (value: number, bytes: number): void => {
    for (let i = 0; i < bytes; i++) parts.push(Number((BigInt(value) >> BigInt(8 * i)) & 255n));
  };
  const [nameBytes, size] = [text.encode(name), contents.length];
  const common = (): void => {
    number(0, 2); // flags
    number(0, 2); // stored
    number(0, 4); // time
    number(crc32(contents), 4);
    number(0xffffffff, 4);
    number(0xffffffff, 4);
    number(nameBytes.length, 2);
  };
  number(0x04034b50, 4);
  number(45, 2);
  common();
  number(20, 2);
  parts.push(...nameBytes);
  number(1, 2);
  number(16, 2);
  number(size, 8);
  number(size, 8);
  parts.push(...contents);
  const directory = parts.length;
  number(0x02014b50, 4);
  number(45, 2);
  number(45, 2);
  common();
  number(28, 2);
  number(0, 2); // comment
  number(0, 2); // disk
  number(0, 2);
  number(0, 4);
  number(0xffffffff, 4);
  parts.push(...nameBytes);
  number(1, 2);
  number(24, 2);
  number(size, 8);
  number(size, 8);
  number(0, 8);
  const end = parts.length;
  number(0x06064b50, 4);
  number(44, 8);
  number(45, 2);
  number(45, 2);
  number(0, 4);
  number(0, 4);
  number(1, 8);
  number(1, 8);
  number(end - directory, 8);
  number(directory, 8);
  number(0x07064b50, 4);
  number(0, 4);
  number(end, 8);
  number(1, 4);
  number(0x06054b50, 4);
  number(0, 2);
  number(0, 2);
  number(0xffff, 2);
  number(0xffff, 2);
  number(0xffffffff, 4);
  number(0xffffffff, 4);
  number(0, 2);
  return Uint8Array.from(parts);
}

test("an archive with sizes of 64 bits is read", async () => {
  const archive = zip64("x.npy", npy("<f4", [2, 3], [1, 2, 3, 4, 5, 6]));
  const bytes = async (path: string) => ({
    path,
    size: archive.length,
    read: async (offset: number, length: number) => archive.slice(offset, offset + length),
  });
  const inputs = [{ name: "x", type: "float32", shape: ["N", 3] }];
  const samples = await samplesIn({ bytes }, "large.npz", inputs);
  expect(samples.count).toBe(2);
  const { feeds } = await samples.read([1, 0]);
  expect(Array.from((feeds["x"]?.data ?? []) as Float32Array)).toEqual([4, 5, 6, 1, 2, 3]);
});
