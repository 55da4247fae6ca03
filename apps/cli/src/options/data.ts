import { faultOfRecover, methodNames, most as mostNumbers, samplesToDraw } from "@prune/workflow";
import { type Command, InvalidArgumentError } from "commander";
import { countTo } from "../options.js";
import { readJson } from "../read-json.js";

/** Where samples lie, and what they are. */
export interface DataOptions {
  readonly data?: string;
  /** A file, or what it would hold. */
  readonly dataConfig?: string | object;
  readonly labels?: string;
  readonly samples?: number;
}

export interface RecoverOptions {
  /** `auto`, `none`, a way without data, or methods with commas between: see `recoverHow`. */
  readonly recover?: string;
}

interface DataUse {
  /** What the command takes samples for: ends a sentence that begins with "samples". */
  readonly use?: string;
  /** Samples that are drawn where nothing else is said. */
  readonly most?: number | "all";
  /** Whether it matters of which class they are. */
  readonly labelled?: boolean;
}

export const addData =
  ({ use = "", most = samplesToDraw, labelled = true }: DataUse = {}) =>
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
      countTo(mostNumbers.samples),
    );
  };

export function addRecover(command: Command): Command {
  return command.option(
    "--recover <how>",
    `auto: refit what is left to the original on --data; none; only by some of ${methodNames.join(",")}; without data: synthetic inputs, merge, means (default: auto with --data)`,
    recoverHow,
  );
}

function recoverHow(text: string): string {
  const fault = faultOfRecover(text);
  if (fault !== undefined) throw new InvalidArgumentError(fault);
  return text;
}

/** Whether a file that --config names is about samples, which it may be where the command needs no configuration. */
export async function isAboutSamples(path: string): Promise<boolean> {
  if (!path.endsWith(".json")) return false;
  const value = await readJson(path);
  return typeof value === "object" && value !== null && "shape" in value;
}
