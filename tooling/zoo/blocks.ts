// Finds the residual branches of every graph of the zoo, removes one, some and half of them, and holds what is left
// against the original with the branches' outputs set to zero: writes docs/blocks.md.
//   node --import tsx tooling/zoo/blocks.ts [--write] [NAME]...
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResidualBlock } from "@prune/graph/advanced";
import { onnx } from "@prune/onnx";
import { openModel, saveModel } from "@prune/onnx/node";
import { judge } from "@prune/runtime-ort";
import { openLaw, toleranceOf } from "@prune/runtime-ort/advanced";
import { hydrated, zooNames } from "./zoo.js";

interface Removed {
  readonly blocks: number;
  /** Share of the MACs that is left. */
  readonly macs: number;
  readonly error: number;
  readonly moved: number;
  readonly holds: boolean;
}

interface Row {
  readonly name: string;
  readonly blocks: number;
  /** Share of the MACs in blocks. */
  readonly share: number;
  readonly removed: readonly Removed[];
  readonly failed?: string;
}

/** One in the middle, every third, every other. */
const choices: readonly ((blocks: readonly ResidualBlock[]) => readonly ResidualBlock[])[] = [
  (blocks) => blocks.slice(Math.floor(blocks.length / 2)).slice(0, 1),
  (blocks) => blocks.filter((_, i) => i % 3 === 1),
  (blocks) => blocks.filter((_, i) => i % 2 === 1),
];

async function rowOf(name: string): Promise<Row | undefined> {
  const path = (await hydrated(name, { lively: true })) as string;
  const backend = onnx();
  const model = openModel(path);
  const trace = backend.trace(model);
  const blocks = backend.blocks(model, trace);
  if (blocks.length === 0) return undefined;
  const macs = backend.cost(model, trace).macs ?? 0;
  const share = blocks.reduce((sum, block) => sum + block.macs, 0) / macs;
  const folder = mkdtempSync(join(tmpdir(), "prune-blocks-"));
  const [small, masked] = [join(folder, "small.onnx"), join(folder, "masked.onnx")];
  const removed: Removed[] = [];
  try {
    const law = await openLaw(path, { seeds: 1 });
    for (const choose of choices) {
      const some = choose(blocks);
      if (some.length === 0) continue;
      await saveModel(small, model, backend.withoutBlocks(model, trace, some));
      await saveModel(masked, model, backend.maskBlocks(model, trace, some));
      const left = openModel(small);
      const found = await law.check({ cut: small, masked });
      removed.push({
        blocks: some.length,
        macs: (backend.cost(left, backend.trace(left)).macs ?? 0) / macs,
        error: found.error,
        moved: found.moved,
        holds: judge(found, toleranceOf(model)).holds,
      });
    }
    return { name, blocks: blocks.length, share, removed };
  } catch (error) {
    return {
      name,
      blocks: blocks.length,
      share,
      removed,
      failed: (error as Error).message.split("\n")[0] ?? "",
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const rows: Row[] = [];
for (const name of chosen.length > 0 ? chosen : zooNames()) {
  const row = await rowOf(name);
  if (!row) continue;
  rows.push(row);
  console.log(JSON.stringify(row));
}

if (process.argv.includes("--write")) {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const cell = (removed: Removed | undefined, failed = ""): string =>
    removed
      ? `${removed.blocks}: ${removed.holds ? removed.error.toExponential(1) : `**${removed.error.toExponential(1)}**`}, ${percent(removed.macs)}`
      : failed;
  const page = [
    "# Whole blocks",
    "",
    `Made by \`pnpm zoo:blocks\` on ${new Date().toISOString().slice(0, 10)}, on the graphs that are listed; it takes names.`,
    "",
    "Residual branches of graphs of the zoo, and what of the MACs is in them, in %. One of them, a third and half are removed: how many, max |left - masked| / max |masked| in onnxruntime on random inputs, where the original's branches give zeros, and the MACs that are left in %. 0: the same to the last bit. Bold: more than rounding.",
    "",
    "| graph | blocks | MACs in blocks | one | a third | half |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map(
      ({ name, blocks, share, removed, failed }) =>
        `| ${name} | ${blocks} | ${percent(share)} | ${[0, 1, 2].map((i) => cell(removed[i], failed)).join(" | ")} |`,
    ),
    "",
  ];
  writeFileSync(new URL("../../docs/blocks.md", import.meta.url), page.join("\n"));
}
