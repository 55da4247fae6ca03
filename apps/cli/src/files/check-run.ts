import { checkFiles, FilesError, type Output } from "@prune/files";
import { dataNamesOf, type Model } from "@prune/onnx";
import { externalDataFiles } from "@prune/onnx/node";
import { filesOf, type SampleFiles } from "../samples.js";
import { isStandardOutput } from "./stream.js";

/** All files of a run but those of the model that it reads. */
export interface RunFiles {
  /** Where the model goes that the run makes, if it makes one. */
  readonly out?: string | undefined;
  /** Other files that are written. */
  readonly writes?: readonly (string | undefined)[];
  /** Other files that are read: recipes, tables, curves, configurations. */
  readonly reads?: readonly (string | undefined)[];
  readonly samples?: SampleFiles | undefined;
}

/** What weights files of an output may be called: by a name of its own, and a hash of their contents. */
const isNamed = (names: readonly string[], name: string): boolean =>
  names.includes(name.replace(/\.[0-9a-f]{8,64}(?=(\.bin)?$)/, ""));

/**
 * Refuses a run of which two files get in each other's way: those of the model, samples and all else that is read, and
 * those of the model that is made and all else that is written.
 */
export function checkOnnxRun(path: string, model: Model, { out, ...others }: RunFiles): void {
  const names = out === undefined || isStandardOutput(out) ? [] : dataNamesOf(out, model);
  const output: Output | undefined =
    out === undefined ? undefined : { path: out, companion: (name) => isNamed(names, name) };
  check([path, ...externalDataFiles(model)], output, others);
}

/** The same for a model that goes to a folder as model.json and weights files of these names. */
export function checkFolderRun(
  inputs: readonly string[],
  names: readonly string[],
  { out, ...others }: RunFiles,
): void {
  const all = ["model.json", ...names];
  const output: Output | undefined =
    out === undefined ? undefined : { path: out, kind: "folder", companion: (name) => isNamed(all, name) };
  check(inputs, output, others);
}

function check(model: readonly string[], out: Output | undefined, files: Omit<RunFiles, "out">): void {
  const { writes = [], reads = [], samples } = files;
  const said = (paths: readonly (string | undefined)[]): string[] =>
    paths.filter((path) => path !== undefined);
  const all = [...(out ? [out] : []), ...said(writes).map((path): Output => ({ path }))];
  const [streams, placed] = [
    all.filter(({ path }) => isStandardOutput(path)),
    all.filter(({ path }) => !isStandardOutput(path)),
  ];
  const [first, second] = streams;
  if (first && second) throw new FilesError("overwrites-input", { path: second.path, input: first.path });
  checkFiles([...model, ...said(reads), ...(samples ? filesOf(samples) : [])], placed);
}
