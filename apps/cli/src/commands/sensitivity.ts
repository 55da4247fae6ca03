import type { PruneConfig } from "@prune/workflow";
import { type CurvesFile, type Metric, metrics, samplesForCurves, textFile } from "@prune/workflow/advanced";
import { type Command, InvalidArgumentError, Option } from "commander";
import { CliError } from "../errors.js";
import { addOptions } from "../options/from-table.js";
import { metricNames, picture } from "../sensitivity/picture.js";
import { percent } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { shownOn, workflow } from "../workflow.js";

interface Options
  extends Pick<
    PruneConfig,
    | "importance"
    | "reduction"
    | "normaliser"
    | "data"
    | "dataConfig"
    | "labels"
    | "samples"
    | "ignore"
    | "seed"
    | "sizes"
  > {
  readonly metric?: Metric;
  readonly ratios: readonly number[];
  readonly out?: string;
  readonly svg?: string;
  readonly json?: boolean;
}

const usual = [0.1, 0.25, 0.5, 0.75];

export function addSensitivity(program: Command, terminal: Terminal): void {
  const command = program
    .command("sensitivity")
    .summary("how the answers suffer when units of one layer leave")
    .description(
      "Remove a few shares of the units of each layer alone, and measure on samples how far the model's first output is " +
        "from the original's. `prune MODEL --allocation FILE` makes ratios for all layers out of that.",
    )
    .argument("<model>", "the model");
  addOptions(command, "sensitivity", {
    data: {
      text: "samples: a folder of images (of one folder per class), .npy, .npz, .json, or raw N x C x H x W bytes",
    },
    samples: { usual: `${samplesForCurves}` },
    ignore: { text: "layers to leave out" },
  })
    .addOption(
      new Option(
        "--metric <name>",
        "kl: divergence of the probabilities; error: squared, relative to the variance; accuracy: what is lost of it (default: kl with labels, else error)",
      ).choices(metrics),
    )
    .option("--ratios <list>", "shares to try of each layer", shares, usual)
    .option("-o, --out <file>", "write the curves as JSON, for --allocation")
    .option("--svg <file>", "draw them")
    .addHelpText(
      "after",
      "\nExamples:\n  prune sensitivity model.onnx --data photos --out curves.json --svg curves.svg" +
        "\n  prune model.onnx -o smaller.onnx -t macs=0.6 --allocation curves.json",
    )
    .action(async (model: string, options: Options) => {
      const { data, dataConfig, labels, samples: most, svg, json: _, seed = 0, ...how } = options;
      if (data === undefined)
        throw new CliError("bad-option", { option: "--data", why: "on which samples? Add --data PATH" });
      const samples = {
        data,
        ...(dataConfig !== undefined && { config: dataConfig }),
        ...(labels !== undefined && { labels }),
        ...(most !== undefined && { most }),
      };
      const made = await workflow.sensitivity(model, {
        ...how,
        seed,
        samples,
        also: (curves) => (svg === undefined ? [] : [textFile(svg, picture(curves))]),
        writes: svg === undefined ? [] : [svg],
        onProgress: shownOn(terminal),
      });
      terminal.print(options.json ? JSON.stringify(made, null, 2) : printed(made, options.ratios));
    });
}

function shares(text: string): number[] {
  const list = text.split(",").map(Number);
  if (list.length === 0 || !list.every((ratio) => ratio > 0 && ratio < 1))
    throw new InvalidArgumentError("It must be shares above 0 and below 1, such as 0.1,0.25,0.5.");
  return [...new Set(list)].sort((a, b) => a - b);
}

/** A row for each axis: the error where so many of its units leave. */
function printed({ curves, metric, samples }: CurvesFile, ratios: readonly number[]): string {
  const rows = curves.map(({ axis, units, points }) => [
    axis,
    String(units),
    ...ratios.map((ratio) => {
      const point = points.find(({ removed }) => removed === Math.floor(units * ratio + 1e-9));
      if (!point) return "-";
      return metric === "accuracy" ? percent(point.error) : point.error.toPrecision(2);
    }),
  ]);
  const heads = ratios.map((ratio) => `${Number((100 * ratio).toPrecision(3))} %`);
  return `${table(["axis", "units", ...heads], rows)}\n\n${metricNames[metric]}, on ${samples} samples; - where no unit leaves`;
}
