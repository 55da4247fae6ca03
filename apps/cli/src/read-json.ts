import { readJson as readIn } from "@prune/workflow/advanced";
import { folderStore } from "@prune/workflow/node";

/** A file of JSON that options are read from; `-` is standard input. */
export const readJson = (path: string): Promise<unknown> => readIn(folderStore({ streams: true }), path);
