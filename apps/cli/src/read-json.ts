import { WorkflowError } from "@prune/workflow";
import { folderStore } from "@prune/workflow/node";

/** A file of JSON that options are read from; `-` is standard input. */
export async function readJson(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await folderStore({ streams: true }).read(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WorkflowError("unreadable-file", { path, why: `it is not JSON (${(error as Error).message})` });
  }
}
