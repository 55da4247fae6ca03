import type { Command } from "commander";
import { CliError } from "../errors.js";
import { readJson } from "../files/read-file.js";
import { count } from "../options.js";
import type { SampleFiles } from "../samples.js";
import { methodNames, recoverHow } from "./recovery-methods.js";

/** Where samples lie, and what they are. */
export interface DataOptions {
  readonly data?: string;
  /** A file, or what it would hold. */
  readonly dataConfig?: string | object;
  readonly labels?: string;
  readonly samples?: number;
}

/** Options that may be absent by being undefined. */
export type OrUndefined<T> = { readonly [K in keyof T]: T[K] | undefined };

export interface RecoverOptions {
  /** `auto`, `none`, a way without data, or methods with commas between: see `recoverHow`. */
  readonly recover?: string;
}

interface DataUse {
  /** What the command takes samples for: ends a sentence that begins with "samples". */
  readonly use?: string;
  /** Samples that are drawn where nothing else is said. */
  readonly most?: number;
  /** Whether it matters of which class they are. */
  readonly labelled?: boolean;
}

export const addData =
  ({ use = "", most = 1024, labelled = true }: DataUse = {}) =>
  (command: Command): Command => {
    command
      .option(
        "--data <path>",
        `samples${use}: a folder of images (of one folder per class), .npy, .npz, .json, or raw N x C x H x W bytes`,
      )
      .option(
        "--data-config <file>",
        'JSON about --data: { "shape": [C, H, W], "mean": 0, "std": 1, "scale", "colour", "resize", "layout", "inputs", "classes" }',
      );
    if (labelled)
      command.option(
        "--labels <what>",
        "the classes of --data: an entry of it, or a file: .npy, .json, or a byte each (default: an entry y or labels, or the folders)",
      );
    return command.option(
      "--samples <n>",
      `how many samples to draw with --seed at most (default: ${most})`,
      count,
    );
  };

export function addRecover(command: Command): Command {
  return command.option(
    "--recover <how>",
    `auto: refit what is left to the original on --data; none; only by some of ${methodNames.join(",")}; without data: synthetic inputs, merge, means (default: auto with --data)`,
    recoverHow,
  );
}

/** The samples that are asked for; undefined where none are, and then nothing may be said about them. */
export function sampleFiles({
  data,
  dataConfig,
  labels,
  samples,
}: OrUndefined<DataOptions>): SampleFiles | undefined {
  if (data !== undefined)
    return {
      data,
      ...(dataConfig !== undefined && { config: dataConfig }),
      ...(labels !== undefined && { labels }),
      ...(samples !== undefined && { most: samples }),
    };
  const about = Object.entries({ "--data-config": dataConfig, "--labels": labels, "--samples": samples });
  const [option] = about.find(([, value]) => value !== undefined) ?? [];
  if (option !== undefined)
    throw new CliError("bad-option", { option, why: "it needs samples; add --data PATH" });
  return undefined;
}

/** Whether a file that --config names is about samples, which it may be where the command needs no configuration. */
export function isAboutSamples(path: string): boolean {
  if (!path.endsWith(".json")) return false;
  const value = readJson(path);
  return typeof value === "object" && value !== null && "shape" in value;
}
