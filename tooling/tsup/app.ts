import type { Options } from "tsup";

/** Node programs: ESM only, no types. */
const app: Options = {
  format: ["esm"],
  target: "node20",
  clean: true,
  tsconfig: "../../tooling/tsup/tsconfig.json",
};

export default app;
