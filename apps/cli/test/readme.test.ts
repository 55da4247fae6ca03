import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { glyphs, prune, sample } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-cli-readme-"));
const home = process.cwd();
copyFileSync(glyphs, join(folder, "model.onnx"));
for (const name of ["images.u8", "labels.u8"])
  copyFileSync(sample(`glyphs-test.${name}`), join(folder, `test.${name}`));
copyFileSync(sample("glyphs-train512.images.u8"), join(folder, "train.images.u8"));
copyFileSync(sample("glyphs.json"), join(folder, "test.json"));
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

it("has examples that run, one after the other", async () => {
  const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const lines = [...text.matchAll(/^prune (?<args>.+)$/gm)].map(({ groups }) => groups?.args ?? "");
  expect(lines).toHaveLength(13);
  process.chdir(folder);
  for (const line of lines) expect(await prune(...line.split(" "))).toMatchObject({ code: 0, err: "" });
}, 60_000);
