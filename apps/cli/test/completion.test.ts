import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { prune } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-completion-"));
afterAll(() => rmSync(folder, { recursive: true }));

const isInstalled = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;

/** The script of a shell, as it is written into its own file. */
async function scriptOf(shell: string): Promise<string> {
  const { out } = await prune("completion", shell);
  const path = join(folder, `prune.${shell}`);
  writeFileSync(path, out);
  return path;
}

/** What is typed last, and what a shell makes of it. */
const typed: readonly (readonly [readonly string[], readonly string[]])[] = [
  [["ins"], ["inspect"]],
  [["help", "in"], ["inspect"]],
  [["completion", "f"], ["fish"]],
  [["inspect", "--js"], ["--json"]],
  [
    ["m.onnx", "--reduction", "m"],
    ["max", "mean"],
  ],
  [["m.onnx", "--recover", "sy"], ["synthetic"]],
  [["m.onnx", "--target", "mac"], ["macs="]],
  [["inspect", "m.onnx", "--io", "ca"], ["cache"]],
  [["train", "m.onnx", "--augment", "mi"], ["mixup"]],
];

const noBash = isInstalled("bash") ? "" : " (skipped: no bash)";
const noFish = isInstalled("fish") ? "" : " (skipped: no fish)";
const noZsh = isInstalled("zsh") ? "" : " (skipped: no zsh)";

describe("completion", () => {
  test.skipIf(noBash !== "")(`of bash offers what may stand there${noBash}`, async () => {
    const script = await scriptOf("bash");
    for (const [words, offered] of typed) {
      const asked = `compopt() { :; }; source "$0"; COMP_WORDS=(prune "$@"); COMP_CWORD=$#; _prune; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const found = execFileSync("bash", ["-c", asked, script, ...words], { encoding: "utf8" });
      expect([...new Set(found.trim().split("\n"))].sort(), words.join(" ")).toEqual(offered);
    }
  });

  test.skipIf(noFish !== "")(`of fish offers what may stand there${noFish}`, async () => {
    const script = await scriptOf("fish");
    for (const [words, offered] of typed) {
      const asked = `source ${script}; complete -C ${JSON.stringify(`prune ${words.join(" ")}`)}`;
      const found = execFileSync("fish", ["--no-config", "-c", asked], { encoding: "utf8", cwd: folder })
        .trim()
        .split("\n")
        .map((line) => line.split("\t")[0]);
      expect(found.sort(), words.join(" ")).toEqual(offered);
    }
  });

  test.skipIf(noZsh !== "")(`of zsh is read by it${noZsh}`, async () => {
    const { status, stderr } = spawnSync("zsh", ["-n", await scriptOf("zsh")], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
