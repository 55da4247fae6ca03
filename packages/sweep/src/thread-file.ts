import { pathToFileURL } from "node:url";

/** This file, or the one that it is bundled into: in a CommonJS build there is no `import.meta`. */
export const here: string = import.meta.url ?? pathToFileURL(__filename).href;

/** What threads run: beside this file in a build, a source where this is one. */
export const threadFile = (): URL =>
  new URL(here.endsWith(".ts") ? "./thread-source.js" : "./thread.js", here);
