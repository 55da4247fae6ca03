// Assembles the WebAssembly that packages hold, from the .wat files beside it.
//   pnpm kernels
import { writeFileSync } from "node:fs";
import { assembled, assembledPath, kernels } from "./assemble.js";

for (const path of kernels) writeFileSync(assembledPath(path), await assembled(path));
