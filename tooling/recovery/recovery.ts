// Accuracy won back without training: writes docs/recovery.json, and the page and the plot made of it. Some fifteen minutes
// of processor time; needs ../shared.
//   pnpm recovery
import { writeFileSync } from "node:fs";
import { curveOf, type Table } from "./curve.js";
import { type Halved, halve } from "./half.js";
import { headDims } from "./head-dims.js";
import { type LeftOut, page, type Results } from "./page.js";
import { crepe } from "./subjects/crepe.js";
import { halvedGraphs } from "./subjects/graph-models.js";
import { imageSubjects } from "./subjects/images.js";
import { noData, refusedByRuntime } from "./subjects/left-out.js";
import { superResolution, textDirection } from "./subjects/pictures.js";
import { speech } from "./subjects/speech.js";
import { svg } from "./svg.js";
import { withoutData } from "./without-data.js";

const seed = 1;
const shares = [0.78, 0.6, 0.48, 0.34, 0.26];

const tables: Table[] = [];
for (const name of ["cifar-resnet20", "cifar-vit"]) tables.push(await curveOf(name, shares, seed));

const heads = await headDims("cifar-vit", [0.25, 0.5], seed);
const dataFree = await withoutData("cifar-resnet20", [0.78, 0.6], seed);

const halves: Halved[] = [];
const failed: LeftOut[] = [];
for (const subject of [...imageSubjects, speech, superResolution, textDirection])
  try {
    const half = await halve(subject);
    console.log(JSON.stringify(half));
    halves.push(half);
  } catch (error) {
    failed.push({ name: subject.name, why: (error as Error).message });
  }
halves.push(await crepe());
const graphs = await halvedGraphs();

const leftOut = [...failed, ...(await refusedByRuntime()), ...noData];
const date = new Date().toISOString().slice(0, 10);
const results: Results = { date, seed, tables, heads, dataFree, halves, graphs, leftOut };
const docs = new URL("../../docs/", import.meta.url);
writeFileSync(new URL("recovery.json", docs), `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(new URL("recovery.svg", docs), svg(tables));
writeFileSync(new URL("recovery.md", docs), page(results));
