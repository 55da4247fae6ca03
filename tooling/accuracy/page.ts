import { names, type Ranking, rankings } from "./criteria.js";
import type { Beside } from "./references.js";
import { type Run, ratios } from "./runs.js";
import { accuracyAt, mean } from "./summary.js";

/** Where criteria are compared across rankings, which leave other shares of the MACs. */
const comparedAt = 0.7;

const one = (value: number): string => value.toFixed(1);

export function page(list: readonly Run[], beside: readonly Beside[], date: string): string {
  const models = [...new Set(list.map(({ model }) => model))];
  return [
    "# Accuracy against MACs",
    "",
    `One shot, no recovery, no fine-tuning: what each criterion keeps by itself on ${models.length} trained classifiers. *local* removes the same share of every layer, *global* ranks all units together, *isomorphic* those of layers that are built alike. Made by \`pnpm accuracy\` on ${date}; scores see 1,024 training images without labels, in an order of seed 1 (the MNIST networks see 1,024 of the 3,000 digits that there are and are judged on the others); random scores have seed 0.`,
    "",
    "![Accuracy against MACs](accuracy.svg)",
    "",
    "## Against L2, layer by layer",
    "",
    `Mean accuracy in percent over ${ratios.map((ratio) => 100 * ratio).join(", ")} % of the units of every layer, where all criteria leave the same MACs. *Ahead* counts the networks on which a criterion keeps more than L2 does, and behind the stroke those where it keeps less; the last line is the mean.`,
    "",
    ...againstL2(list, models),
    "",
    "## By ranking",
    "",
    ...byRanking(list, models),
    "",
    ...reading(list, models),
    "",
    "## Beside Torch-Pruning",
    "",
    ...besideText,
    "",
    ...besideTable(beside),
    "",
    "## Every run",
    "",
    "Cells are top-1 accuracy at the share of the MACs that is left, in percent.",
    ...models.flatMap((model) => details(list.filter((run) => run.model === model))),
    "",
  ].join("\n");
}

const original = (list: readonly Run[], model: string): Run =>
  list.find((run) => run.model === model && run.ratio === 0) as Run;

/** Mean over the ratios of a network's runs by one criterion, ranked in one way. */
function level(list: readonly Run[], model: string, criterion: string, ranking: Ranking): number | undefined {
  const found = list.filter(
    (run) => run.model === model && run.criterion === criterion && run.ranking === ranking,
  );
  return found.length === 0 ? undefined : mean(found.map(({ top1 }) => top1));
}

function againstL2(list: readonly Run[], models: readonly string[]): string[] {
  const rows = models.map((model) => names.map((name) => level(list, model, name, "local")));
  const l2 = names.indexOf("l2");
  const ahead = names.map((_, c) => {
    const sign = (row: (number | undefined)[]): number =>
      row[c] === undefined ? 0 : Math.sign((row[c] as number) - (row[l2] as number));
    const wins = rows.filter((row) => sign(row) > 0).length;
    return c === l2 ? "" : `${wins}/${rows.filter((row) => sign(row) < 0).length}`;
  });
  const means = names.map((_, c) => {
    const column = rows.flatMap((row) => (row[c] === undefined ? [] : [row[c]]));
    return column.length === rows.length ? one(mean(column)) : "";
  });
  return [
    `| network | dense | ${names.join(" | ")} |`,
    `|---|---|${"---|".repeat(names.length)}`,
    ...rows.map((row, m) => {
      const model = models[m] as string;
      const best = Math.max(...row.map((value) => value ?? 0));
      const cells = row.map((value) =>
        value === undefined ? "" : value === best ? `**${one(value)}**` : one(value),
      );
      return `| ${model} | ${one(original(list, model).top1)} | ${cells.join(" | ")} |`;
    }),
    `| ahead | | ${ahead.join(" | ")} |`,
    `| mean | | ${means.join(" | ")} |`,
  ];
}

/** Only networks of which every criterion and ranking leaves so little are compared. */
function byRanking(list: readonly Run[], models: readonly string[]): string[] {
  const found = (model: string, criterion: string, ranking: Ranking): number | undefined =>
    accuracyAt(list, { model, criterion, ranking }, comparedAt);
  const shown = names.filter((name) => name !== "bn-scale");
  const shared = models.filter((model) =>
    shown.every((name) => rankings.every((ranking) => found(model, name, ranking) !== undefined)),
  );
  const cell = (criterion: string, ranking: Ranking): string =>
    one(mean(shared.map((model) => found(model, criterion, ranking) as number)));
  return [
    `Accuracy in percent at ${100 * comparedAt} % of the MACs, on the line between the runs around it, mean over the ${shared.length} networks of which all rankings leave so little.`,
    "",
    `| ranked | ${shown.join(" | ")} |`,
    `|---|${"---|".repeat(shown.length)}`,
    ...rankings.map((ranking) => `| ${ranking} | ${shown.map((name) => cell(name, ranking)).join(" | ")} |`),
  ];
}

/** What the tables say, in words that follow the numbers. */
function reading(list: readonly Run[], models: readonly string[]): string[] {
  const gap = (model: string, criterion: string): number =>
    (level(list, model, criterion, "local") ?? 0) - (level(list, model, "l2", "local") ?? 0);
  const better = ["activation", "apoz", "wanda", "variance", "reconstruction", "fpgm", "l1"];
  const lines = better.map((criterion) => {
    const gaps = models.map((model) => gap(model, criterion));
    const behind = models.filter((_, m) => (gaps[m] as number) < -1);
    return `- **${criterion}** is ${one(Math.abs(mean(gaps)))} points ${mean(gaps) < 0 ? "below" : "above"} L2 on average; ${behind.length === 0 ? "nowhere more than a point below" : `more than a point below on ${behind.join(", ")}`}.`;
  });
  return [
    "Layer by layer, lamp and l2 are the same: lamp changes only how layers compare.",
    "",
    ...lines,
    "",
    "`reconstruction` counts what is lost once the layers that read the units are refitted, and `variance` what is left once their means are added to the next bias; neither is done here. [recovery.md](recovery.md) does it.",
  ];
}

const besideText = [
  "The same weights and the same criterion: L2 over a group's members, biases left out, mean over members, mean over the layer. Torch-Pruning rounds the number of channels that stay down, `ratio` here rounds the number that leave down, so as many are asked to leave as there. Their formulas, written down apart from ours and applied to the stored weights, choose the same units in all rows (*same units*, and `packages/pruner/test/torch-pruning.test.ts`): what is left to differ is the images. Theirs is on 10,000 test images, ours on the 2,000 that are here: the standard error of the difference is 1.2 points at most.",
  "",
  "On the transformer two things differ by design. Their count of MACs leaves out the two products inside attention. And the PyTorch model computes the scale of its scores from the size of the smaller heads, so that its attention becomes sharper by the root of what is left (24 dims to 19 or 12); here a cut computes what the masked model computes, and the scale stays. *rescaled* has their scale put into our cut.",
  "",
  "The other global ratios of the transformer crash there; here they are in the table above.",
];

function besideTable(beside: readonly Beside[]): string[] {
  return [
    "| network | ratio | theirs | ours | difference | rescaled | same units |",
    "|---|---|---|---|---|---|---|",
    ...beside.map(({ model, ranking, ratio, top1, macs, ours, ourMacs, same, rescaled }) => {
      const gap = (rescaled ?? ours) - top1;
      return `| ${model} | ${ranking} ${100 * ratio} % | ${one(top1)} at ${macs} | ${one(ours)} at ${one(ourMacs)} | ${gap > 0 ? "+" : ""}${one(gap)} | ${rescaled === undefined ? "" : one(rescaled)} | ${same ? "yes" : "no"} |`;
    }),
  ];
}

function details(list: readonly Run[]): string[] {
  const [whole] = list;
  if (!whole) return [];
  const rows = names.flatMap((criterion) =>
    rankings.flatMap((ranking) => {
      const found = list.filter((run) => run.criterion === criterion && run.ranking === ranking);
      if (found.length === 0) return [];
      const cells = found.map(({ top1, macs }) => `${one(top1)} at ${one(100 * macs)}`);
      return [`| ${criterion} | ${ranking} | ${cells.join(" | ")} |`];
    }),
  );
  return [
    "",
    `### ${whole.model}: ${one(whole.top1)} %`,
    "",
    `${whole.data[0]?.toUpperCase()}${whole.data.slice(1)}.`,
    "",
    `| criterion | ranked | ${ratios.map((ratio) => `${100 * ratio} % of the units`).join(" | ")} |`,
    `|---|---|${"---|".repeat(ratios.length)}`,
    ...rows,
  ];
}
