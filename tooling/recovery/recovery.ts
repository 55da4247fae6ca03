// Accuracy won back without training: writes docs/recovery.md and docs/recovery.svg. Some twenty minutes on one core;
// needs ../shared.
//   pnpm recovery
import { writeFileSync } from "node:fs";
import { curveOf, type Table } from "./curve.js";
import { type Halved, halve } from "./half.js";
import { type LeftOut, page } from "./page.js";
import { imageSubjects } from "./subjects/images.js";
import { noData, refusedByRuntime } from "./subjects/left-out.js";
import { superResolution, textDirection } from "./subjects/pictures.js";
import { speech } from "./subjects/speech.js";
import { svg } from "./svg.js";

const seed = 1;
const shares = [0.78, 0.6, 0.48, 0.34, 0.26];

const tables: Table[] = [];
for (const name of ["cifar-resnet20", "cifar-vit"]) tables.push(await curveOf(name, shares, seed));

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

const docs = new URL("../../docs/", import.meta.url);
const leftOut = [...failed, ...(await refusedByRuntime()), ...noData];
writeFileSync(new URL("recovery.svg", docs), svg(tables));
const date = new Date().toISOString().slice(0, 10);
writeFileSync(new URL("recovery.md", docs), page({ date, seed, tables, halves, leftOut }));
