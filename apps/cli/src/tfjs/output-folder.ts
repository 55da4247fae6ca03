import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { TfjsModel } from "@prune/tfjs";
import { modelFiles, shardNamesOf } from "@prune/tfjs/node";
import { CliError } from "../errors.js";
import { checkFolderRun, type RunFiles } from "../files/check-run.js";
import { standard } from "../files/read-file.js";

/** Refuses folders that hold the input, or can't be, and files that would take the place of any other. */
export async function checkFolder(
  path: string,
  model: TfjsModel,
  files: RunFiles & { readonly out: string },
): Promise<void> {
  const { out } = files;
  const stat = statSync(out, { throwIfNoEntry: false });
  if (out === standard || out.endsWith(".json") || (stat && !stat.isDirectory()))
    throw new CliError("not-a-folder", { path: out });
  const inputs = modelFiles(path);
  const holds = stat && inputs.find((file) => dirname(realpathSync(file)) === realpathSync(out));
  if (holds) throw new CliError("overwrites-input", { path: out, input: holds });
  checkFolderRun(inputs, await shardNamesOf(model), files);
}

export const sizeOfFiles = (path: string): number =>
  modelFiles(path).reduce((sum, file) => sum + statSync(file).size, 0);
