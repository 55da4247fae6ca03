import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore, type NewFile, textFile } from "@prune/workflow";
import { folderStore } from "@prune/workflow/node";
import { afterAll, beforeEach, describe, expect, it } from "vitest";

const base = mkdtempSync(join(tmpdir(), "prune-store-"));
let folder = base;
let count = 0;
beforeEach(() => {
  folder = join(base, String(count++));
  mkdirSync(folder);
});
afterAll(() => rmSync(base, { recursive: true }));

const broken: NewFile = {
  path: "b",
  length: 3,
  chunks() {
    throw new Error("the weights are gone");
  },
};

describe("a folder", () => {
  it("gets all of the files or none", async () => {
    const store = folderStore({ folder });
    writeFileSync(join(folder, "a"), "before");
    await expect(store.write([textFile("a", "after"), broken])).rejects.toThrow("gone");
    expect(readdirSync(folder)).toEqual(["a"]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("before");
    await store.write([textFile("a", "after"), textFile("c/d", "new")]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("after");
    expect(readFileSync(join(folder, "c/d"), "utf8")).toBe("new");
  });

  it("gets a new folder as a whole or not at all", async () => {
    const store = folderStore({ folder });
    await expect(store.write([textFile("n/a", "1"), { ...broken, path: "n/b" }])).rejects.toThrow("gone");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("reads ranges, and says what can't be read", async () => {
    const store = folderStore({ folder });
    writeFileSync(join(folder, "a"), "0123456789");
    const text = async (offset: number, length: number): Promise<string> =>
      new TextDecoder().decode(await store.read("a", { offset, length }));
    expect(await text(2, 3)).toBe("234");
    expect(await text(8, 30)).toBe("89");
    expect(await store.size("a")).toBe(10);
    expect(await store.size("b")).toBeUndefined();
    await expect(store.read("b")).rejects.toMatchObject({
      code: "unreadable-file",
      detail: { path: "b", why: "no such file or directory" },
    });
  });

  it("refuses to take the place of what is read, by any name", async () => {
    const store = folderStore({ folder });
    writeFileSync(join(folder, "a"), "model");
    symlinkSync("a", join(folder, "link"));
    for (const path of ["a", "link"])
      await expect(store.write([textFile(path, "x")], ["a"])).rejects.toMatchObject({
        code: "overwrites-input",
      });
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("model");
  });

  it("resolves what a file refers to in its own folder alone", () => {
    const store = folderStore({ folder });
    mkdirSync(join(folder, "m"));
    expect(store.resolve("m/model.onnx", "w/x.bin")).toBe(join("m", "w/x.bin"));
    symlinkSync(tmpdir(), join(folder, "m", "out"));
    for (const reference of ["../x", "/etc/passwd", "a/../../x", "out/x"])
      expect(() => store.resolve("m/model.onnx", reference), reference).toThrow("outside");
  });
});

it("memory resolves in the file's own folder alone, too", () => {
  const store = memoryStore();
  expect(store.resolve("m/model.onnx", "./w.bin")).toBe("m/w.bin");
  for (const reference of ["../x", "/x", "a/../../x", "C:\\x"])
    expect(() => store.resolve("m/model.onnx", reference), reference).toThrow("outside");
});
