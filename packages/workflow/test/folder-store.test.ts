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
import { memoryStore, type NewFile } from "@prune/workflow";
import { textFile } from "@prune/workflow/advanced";
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
    await expect(store.write({ files: [textFile("a", "after"), broken] })).rejects.toThrow("gone");
    expect(readdirSync(folder)).toEqual(["a"]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("before");
    await store.write({ files: [textFile("a", "after"), textFile("c", "new")] });
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("after");
    expect(readFileSync(join(folder, "c"), "utf8")).toBe("new");
  });

  it("gets a model in a new folder as a whole or not at all", async () => {
    const store = folderStore({ folder });
    const model = textFile("n/model.json", "names w.bin");
    const write = (weights: NewFile): Promise<void> =>
      store.write({ model: { weights: [weights], model, renamed: () => model }, files: [] });
    await expect(write({ ...broken, path: "n/w.bin" })).rejects.toThrow("gone");
    expect(readdirSync(folder)).toEqual([]);
    await write(textFile("n/w.bin", "1"));
    expect(readdirSync(join(folder, "n")).sort()).toEqual(["model.json", "w.bin"]);
  });

  it("gets weights beside those of another model, under another name", async () => {
    const store = folderStore({ folder });
    writeFileSync(join(folder, "w"), "of another");
    const named = (name: string): NewFile => textFile("m", `names ${name}`);
    await store.write({
      model: {
        weights: [textFile("w", "1")],
        model: named("w"),
        renamed: (paths) => named([...paths.values()].join()),
      },
      files: [],
    });
    expect(readFileSync(join(folder, "w"), "utf8")).toBe("of another");
    expect(readFileSync(join(folder, "m"), "utf8")).toMatch(/^names w\.[0-9a-f]+$/);
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

  it("gives bytes that are copied by slice, as memory does", async () => {
    writeFileSync(join(folder, "a"), "0123");
    const given = memoryStore({ a: Buffer.from("0123") });
    for (const store of [folderStore({ folder }), given]) {
      const bytes = await store.read("a");
      bytes.slice().fill(0);
      expect(new TextDecoder().decode(bytes)).toBe("0123");
      expect(bytes.slice().buffer.byteLength).toBe(4);
    }
  });

  it("refuses to take the place of what is read, by any name", async () => {
    const store = folderStore({ folder });
    writeFileSync(join(folder, "a"), "model");
    symlinkSync("a", join(folder, "link"));
    for (const path of ["a", "link"]) {
      const model = textFile(path, "x");
      expect(() => store.check?.(["a"], [{ path }])).toThrow("Choose another name");
      await expect(
        store.write({ model: { weights: [], model, renamed: () => model }, files: [] }, ["a"]),
      ).rejects.toMatchObject({ code: "overwrites-input" });
    }
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
