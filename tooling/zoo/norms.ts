// Cuts half of the channels of every graph of the zoo whose norms lose positions, with norms that count what left as
// zero, and holds each cut against the original with stored elements set to zero and nothing else: writes docs/norms.md.
//   node --import tsx tooling/zoo/norms.ts [--write] [NAME]...
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Model, onnx } from "@prune/onnx";
import { zeroParameters } from "@prune/onnx/advanced";
import { openModel, saveModel } from "@prune/onnx/node";
import { openLaw } from "@prune/runtime-ort/advanced";
import { planOf } from "./modes.js";
import { hydrated, zooNames } from "./zoo.js";

/** What came of one graph; undefined where no norm or mean loses a position. */
interface Row {
  readonly name: string;
  readonly nodes: readonly string[];
  /** By the original's weights set to zero by hand, with what doesn't vanish with them kept out, and by the gated mask. */
  readonly byHand: number | string;
  readonly zeroed: number | string;
  readonly gated: number | string;
  /** The same cut with norms over what is left, by hand. */
  readonly live: number | string;
  readonly moved: number;
}

async function rowOf(name: string): Promise<Row | undefined> {
  const path = (await hydrated(name, { lively: true })) as string;
  const backend = onnx({ norms: "masked" });
  const model: Model = openModel(path);
  const trace = backend.trace(model);
  const plan = await planOf(backend, model, trace, "channels");
  if (!plan || plan.removed === 0) return undefined;
  const { cut } = plan.chosen;
  const over = new Set(backend.normsOver(model, plan.trace, cut));
  if (over.size === 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "prune-norms-"));
  const [small, masked] = [join(folder, "cut.onnx"), join(folder, "masked.onnx")];
  const removals = backend.removals(model, plan.trace, cut);
  try {
    const law = await openLaw(path, { seeds: 1 });
    let moved = 0;
    const against = async (make: () => Parameters<typeof saveModel>[2]): Promise<number | string> => {
      try {
        await saveModel(masked, model, make());
        const { error, moved: far } = await law.check({ cut: small, masked });
        moved = far;
        return error;
      } catch (error) {
        return (error as Error).message.split("\n")[0] ?? "";
      }
    };
    await saveModel(small, model, backend.edit(model, plan.trace, cut));
    const gated = await against(() => backend.mask(model, plan.trace, cut));
    const zeroed = await against(() => backend.zeroed(model, plan.trace, cut, removals));
    const byHand = await against(() => zeroParameters(model, removals));
    await saveModel(small, model, onnx().edit(model, plan.trace, cut));
    const live = await against(() => zeroParameters(model, removals));
    const ops = model.graph.nodes.flatMap((node) =>
      over.has(node.name || (node.outputs[0] ?? "")) ? [node.op] : [],
    );
    return { name, nodes: ops, byHand, zeroed, gated, live, moved };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const rows: Row[] = [];
for (const name of chosen.length > 0 ? chosen : zooNames()) {
  const row = await rowOf(name).catch((error: Error) => void console.log(name, error.message.split("\n")[0]));
  if (!row) continue;
  rows.push(row);
  console.log(JSON.stringify({ ...row, nodes: counted(row.nodes) }));
}

function counted(ops: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const op of ops) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].map(([op, n]) => `${n} ${op}`).join(", ");
}

const shown = (error: number | string): string =>
  typeof error === "number" ? error.toExponential(1) : error;

if (process.argv.includes("--write")) {
  const page = [
    "# Norms that count what left as zero",
    "",
    `Made by \`pnpm zoo:norms\` on ${new Date().toISOString().slice(0, 10)}, on the graphs that are listed; it takes names.`,
    "",
    "Half of the channels of a graph of the zoo leave that takes a mean over channels, with `norms: \"masked\"`. Errors are max |cut - masked| / max |masked| in onnxruntime on random inputs, against the original with the same stored elements *zeroed* and what doesn't vanish with them kept out (as `prune verify` has it), with nothing but *zeros* in its weights, and with activations *gated*. *Live*: the same cut with norms over what is left, beside the plain zeros. Where zeros alone differ, a sum has a term that no stored element removes: a sigmoid, a position, a zero point. onnxruntime's InstanceNormalization sums in float32: of a million positions, half of them zeros, it is 1e-4 from the same in float64, which is the difference in the graphs with the largest.",
    "",
    "| graph | nodes | zeroed | zeros | gated | live |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map(
      ({ name, nodes, zeroed, byHand, gated, live }) =>
        `| ${name} | ${counted(nodes)} | ${shown(zeroed)} | ${shown(byHand)} | ${shown(gated)} | ${shown(live)} |`,
    ),
    "",
  ];
  writeFileSync(new URL("../../docs/norms.md", import.meta.url), page.join("\n"));
}
