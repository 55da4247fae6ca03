import { fitted } from "./cifar.js";
import type { Row, Table } from "./curve.js";
import type { Halved } from "./half.js";
import type { HeadDims } from "./head-dims.js";
import type { HalvedGraph } from "./subjects/graph-models.js";
import type { WithoutData, WithoutDataTable } from "./without-data.js";

/** A model that is not in the table of halves, and why. */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

export interface Results {
  readonly date: string;
  readonly seed: number;
  readonly tables: readonly Table[];
  readonly heads: readonly HeadDims[];
  readonly dataFree: WithoutDataTable;
  readonly halves: readonly Halved[];
  readonly graphs: readonly HalvedGraph[];
  readonly leftOut: readonly LeftOut[];
}

/** The page of results. */
export const page = ({
  date,
  seed,
  tables,
  heads,
  dataFree,
  halves,
  graphs,
  leftOut,
}: Results): string => `# Accuracy without training

Made by \`pnpm recovery\` on ${date}, seed ${seed}.

No gradient is taken anywhere, and no label is looked at but to report. Units are chosen by the exact reconstruction cost of the layers that read them, with downdates; how many leave of each family follows from the output error that was measured with a quarter, a half and three quarters of the family gone.

![Accuracy against MACs](recovery.svg)

## CIFAR-10

${fitted.toLocaleString("en")} training images without their labels choose and fit. The 2,000 test images are only reported on: nothing is chosen by them, so they need no split. Accuracy, agreement, MACs and parameters are in %; ± is the standard error over the test images.

- *cut only*: nothing is refitted.
- *means*: without any samples, the means of what is gone go into biases, where a BatchNormalization stores them (\`compensateMeans\`).
- *symmetric*: every layer that lost inputs is refitted from statistics of the original (\`refitSymmetric\`).
- *recovered*: every layer in order is refitted from the pruned network's own inputs to the original's outputs, judged on samples held out of the ${fitted.toLocaleString("en")} (\`recoverModel\`).
- *agreement*: test images with the original's answer, after the last. *Processor time* is that of the last alone.

${tables.map(section).join("\n\n")}

Heads, dims inside heads, hidden units and the width of the residual stream are all in play in cifar-vit.

### Dims inside heads alone

cifar-vit with the share of the dims of queries, keys and values cut by the norm of their weights, nothing else: queries and keys are refitted so that every head gives the logits that it gave (CORP, on by default), and without that. Errors are of the logits, held out, relative to their power, averaged over heads.

${table(
  [
    "dims cut",
    "MACs",
    "cut only",
    "without cores",
    "agreement",
    "with cores",
    "agreement",
    "error of logits",
  ],
  heads.map(headCells),
)}

## Without any data

${dataFree.name} (${dataFree.dense.toFixed(1)}), chosen by the L2 norm of the weights: no image is seen. *means*: \`--recover means\`. *merged*: \`--recover merge\`, model folding of the layers whose channels only layers read. *synthetic*: \`--recover synthetic\`, refitted to 512 samples of noise whose roughness, colour and strength are fitted to the statistics of the BatchNormalizations.

${table(["MACs", "cut only", "means", "merged", "synthetic"], dataFree.rows.map(dataFreeCells))}

## Other models at half the work

Units are chosen to leave half of the MACs, or as little as the families allow. *kept*: the refit was further from the original on samples held out of those that fit, so the cut alone is the result. *What is measured* is on samples that had no part in choosing or fitting; a model that is only compared with itself has 100 % before.

${table(
  [
    "model",
    "original",
    "MACs",
    "cut only",
    "recovered",
    "agreement",
    "",
    "processor time",
    "what is measured",
  ],
  halves.map(halfRow),
)}

Left out:

${leftOut.map(({ name, why }) => `- \`${name}\`: ${why}`).join("\n")}

## GraphModels of TensorFlow.js at half the work

Units are chosen by the L2 norm of their weights, layers are refitted by TensorFlow.js in wasm. There are no labels for these models: pictures of CIFAR-10, stretched to their size, fit, and others compare with the original. *Error*: squared, relative to the variance of the original's output, mean of all outputs, in %; the pictures hold few faces and hands, and what hardly varies on them has large relative errors.

${table(["model", "MACs", "error cut", "recovered", "", "layers refitted", "pictures fitted", "compared", "processor time"], graphs.map(graphRow))}
`;

const percent = (share: number): string => (100 * share).toFixed(1);

const section = ({ name, dense, choosing, rows }: Table): string =>
  [
    `### ${name}`,
    `The original: ${dense.toFixed(1)}. Choosing took ${choosing.toFixed(0)} s of processor time, once for all rows.`,
    table(
      ["MACs", "parameters", "cut only", "means", "symmetric", "recovered", "agreement", "processor time"],
      rows.map(rowCells),
    ),
  ].join("\n\n");

const rowCells = (row: Row): string[] => [
  percent(row.macs),
  percent(row.parameters),
  row.cut.toFixed(1),
  row.means.toFixed(1),
  row.symmetric.toFixed(1),
  `**${row.recovered.toFixed(1)}** ± ${row.standardError.toFixed(1)}`,
  row.agreement.toFixed(1),
  `${row.seconds.toFixed(0)} s`,
];

const headCells = ({ share, macs, cut, plain, cores, logits }: HeadDims): string[] => [
  percent(share),
  percent(macs),
  cut.toFixed(1),
  plain.accuracy.toFixed(1),
  plain.agreement.toFixed(1),
  `**${cores.accuracy.toFixed(1)}**`,
  cores.agreement.toFixed(1),
  `${percent(logits.before)} -> ${percent(logits.after)}`,
];

const dataFreeCells = ({ macs, cut, means, merged, synthetic }: WithoutData): string[] => [
  percent(macs),
  ...[cut, means, merged].map((value) => value.toFixed(1)),
  `**${synthetic.toFixed(1)}**`,
];

const graphRow = ({ name, macs, error, result, layers, pictures, seconds }: HalvedGraph): string[] => [
  name,
  percent(macs),
  percent(error.cut),
  `**${percent(error.recovered)}**`,
  result,
  `${layers.refitted} of ${layers.all}`,
  String(pictures.fitted),
  String(pictures.unseen),
  `${seconds.toFixed(0)} s`,
];

const halfRow = (half: Halved): string[] => [
  half.name,
  half.dense.toFixed(1),
  percent(half.macs),
  half.cut.toFixed(1),
  `**${half.recovered.toFixed(1)}**${half.unit === "%" ? "" : ` ${half.unit}`}`,
  half.agreement === undefined ? "" : percent(half.agreement),
  half.result,
  `${half.seconds.toFixed(0)} s`,
  half.data,
];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
