import { pathToFileURL } from "node:url";

/** In a CommonJS build there is no `import.meta`. */
const here = import.meta.url ?? pathToFileURL(__filename).href;

/** What threads run: beside this file in a build, a source where this is one. */
export const threadFile = (): URL =>
  new URL(here.endsWith(".ts") ? "./thread-source.js" : "./thread.js", here);
