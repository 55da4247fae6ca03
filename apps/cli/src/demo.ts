import { mkdirSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { failureOf } from "./errors.js";
import { lawText } from "./law-text.js";
import { change, count, milliseconds, percent, short } from "./terminal/numbers.js";
import { table } from "./terminal/table.js";
import { terminal } from "./terminal/terminal.js";
import { shownOn, workflow } from "./workflow.js";

/** What `npm start` shows: the bundled classifier of 36 drawn characters, before and after. */
const sample = (name: string): string => fileURLToPath(new URL(`../sample/${name}`, import.meta.url));
const out = (name: string): string => fileURLToPath(new URL(`../../../out/${name}`, import.meta.url));
const here = (path: string): string => relative(process.cwd(), path);

const model = sample("glyphs.onnx");
const data = {
  data: sample("glyphs-test.images.u8"),
  labels: sample("glyphs-test.labels.u8"),
  config: sample("glyphs.json"),
};
/** Widths of whole vectors run faster than odd ones. */
const how = { importance: "lamp", global: true, roundTo: 8 };
const shown = terminal();
const { colours, print, note, progress } = shown;
const onProgress = shownOn(shown);

try {
  mkdirSync(out(""), { recursive: true });
  const files = { out: out("glyphs-small.onnx"), recipe: out("recipe.json"), report: out("report.json") };
  const { report: result } = await workflow.prune(model, { ...files, ...how, ratio: 0.2, onProgress });
  progress("measuring");
  const [whole, small] = [await workflow.evaluate(model, data), await workflow.evaluate(files.out, data)];
  const latency = await workflow.bench(model, files.out, { seconds: 0.5 });
  const { before, after, groups } = result;
  const removed = result.removed / groups.reduce((sum, { total }) => sum + total, 0);
  const rows = [
    [
      "parameters",
      count(before.parameters),
      count(after.parameters),
      change(before.parameters, after.parameters),
    ],
    ["MACs", short(before.macs), short(after.macs), change(before.macs, after.macs)],
    [
      "file",
      short(result.files.before, "B"),
      short(result.files.after, "B"),
      change(result.files.before, result.files.after),
    ],
    [
      "latency",
      milliseconds(latency.model.median),
      milliseconds(latency.out.median),
      change(latency.model.median, latency.out.median),
    ],
    ["accuracy", percent(whole.top1), percent(small.top1), `${count(whole.samples)} test images`],
  ];
  print(
    `\n${colours.bold("glyphs.onnx")}: a residual CNN that reads 36 characters, ${percent(removed)} of its units removed\n`,
  );
  print(table(["", "before", "after", ""], rows));
  print(`\n${lawText(result)}`);

  progress("pruning further");
  const further: string[] = [];
  let cutAlone = 0;
  for (const ratio of [0.1, 0.3, 0.5]) {
    const target = out(`glyphs-${100 * ratio}.onnx`);
    const { report } = await workflow.prune(model, { ...how, out: target, ratio });
    const { after: left } = report;
    const { top1 } = await workflow.evaluate(target, data);
    cutAlone = top1;
    further.push(`${change(before.parameters, left.parameters)} parameters: ${percent(top1)} accuracy`);
  }
  print(`\nCut alone, accuracy falls with what is removed:\n  ${further.join("\n  ")}`);

  const target = out("glyphs-recovered.onnx");
  const training = { data: sample("glyphs-train512.images.u8"), dataConfig: data.config };
  const { report: refitted } = await workflow.prune(model, {
    ...how,
    ...training,
    out: target,
    ratio: 0.5,
    onProgress,
  });
  const { recovery } = refitted;
  progress("measuring");
  const { top1: recovered } = await workflow.evaluate(target, data);
  const fitted = recovery?.samples.fitted ?? 0;
  print(`\nThe last of them, refitted layer by layer on ${fitted} training images without their labels:`);
  print(
    `  original ${percent(whole.top1)}, cut ${percent(cutAlone)}, recovered ${percent(recovered)} accuracy`,
  );
  print("\nWritten:");
  print(`  ${here(files.out)}  the smaller model`);
  print(`  ${here(target)}  the recovered model`);
  print(`  ${here(files.recipe)}  what was removed, in the original's coordinates`);
  print(`  ${here(files.report)}  sizes, layers, what is frozen and why, the law`);
  print("\nYour own model: node apps/cli/dist/prune.js model.onnx -o smaller.onnx --ratio 0.25");
  print("The same to look at, in a browser tab: npm run studio");
} catch (error) {
  const { message, exitCode } = failureOf(error);
  note(`prune: ${message}`);
  process.exitCode = exitCode;
}
