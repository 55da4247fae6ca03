import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { TfjsModel } from "@prune/tfjs";
import { modelFiles, saveModel } from "@prune/tfjs/node";
import { CliError } from "../errors.js";
import { checkOutputs } from "../files.js";

/** Refuses folders that hold the input, or can't be, and files that would take the place of any other. */
export function checkFolder(path: string, out: string, targets: readonly string[]): void {
  const stat = statSync(out, { throwIfNoEntry: false });
  if (out.endsWith(".json") || (stat && !stat.isDirectory()))
    throw new CliError("not-a-folder", { path: out });
  const folder = dirname(resolve(out));
  if (!stat && !existsSync(folder)) throw new CliError("no-folder", { path: out, folder });
  const inputs = modelFiles(path);
  const holds = stat && inputs.find((file) => dirname(realpathSync(file)) === realpathSync(out));
  if (holds) throw new CliError("overwrites-input", { path: out, input: holds });
  checkOutputs([...inputs, join(out, "model.json")], targets);
}

/**
 * A new folder appears complete or not at all; in one that holds files already each file does, model.json last.
 */
export async function writeFolder(path: string, out: string, model: TfjsModel): Promise<void> {
  const inputs = modelFiles(path);
  if (existsSync(out) && readdirSync(out).length > 0) return saveModel(out, model, { inputs });
  const target = resolve(out);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    await mkdir(temporary);
    await saveModel(temporary, model, { inputs });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (error instanceof Error && error.name === "TfjsError") throw error;
    throw new CliError("unwritable-file", { path: out, why: (error as Error).message });
  }
}

export const sizeOfFiles = (path: string): number =>
  modelFiles(path).reduce((sum, file) => sum + statSync(file).size, 0);
