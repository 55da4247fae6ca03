import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@prune/files/advanced";
import { isStandardOutput, readStandardInput, standard } from "@prune/workflow/node";
import type { Terminal } from "./terminal/terminal.js";

/** Where a model lies; `-` is one on standard input, which goes to a temporary file for as long as the process lives. */
export function modelPath(model: string): string {
  if (model !== standard) return model;
  const path = join(temporaryFolder().path, "model.onnx");
  writeFileSync(path, readStandardInput());
  return path;
}

/** The terminal, with results beside errors where standard output is for a file of the run. */
export const besideOutputs = (terminal: Terminal, outputs: readonly (string | undefined)[]): Terminal =>
  outputs.some((path) => path !== undefined && isStandardOutput(path))
    ? { ...terminal, print: terminal.note }
    : terminal;
