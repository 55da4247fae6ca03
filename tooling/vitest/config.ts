import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { mutant } from "../mutants/plugin.js";
import { inlinedInVite } from "../tsup/inlined.js";
import { readmeExamples } from "./readme-examples.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every test of the repository in one run; `@prune/x` is its source, so no build comes first. */
const config: ViteUserConfig = defineConfig({
  root,
  plugins: [inlinedInVite, readmeExamples, ...mutant()],
  resolve: {
    alias: [
      { find: /^@prune\/([^/]+)\/([^/]+)$/, replacement: `${root}packages/$1/src/$2.ts` },
      { find: /^@prune\/report\/view$/, replacement: `${root}packages/report/src/view.ts` },
      { find: /^@prune\/([^/]+)$/, replacement: `${root}packages/$1/src/index.ts` },
    ],
  },
  test: {
    include: ["{packages,apps}/*/{src,test}/**/*.test.ts"],
    // A busy machine is no fault: a test that hangs is still one.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

export default config;
