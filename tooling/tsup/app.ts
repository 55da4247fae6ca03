import type { Options } from "tsup";
import { notices } from "./notices.js";
import { outside, requireBanner } from "./outside.js";

const patterns = outside.map((name) => (name.endsWith("*") ? name.slice(0, -1) : `${name}$`)).join("|");

/**
 * Node programs: ESM only, no types. Everything but what stays outside is bundled and minified, which starts several times
 * faster than loading hundreds of modules.
 */
const app: Options = {
  format: ["esm"],
  target: "node20",
  external: [new RegExp(`^(?:${patterns})`)],
  noExternal: [new RegExp(`^(?!node:|${patterns})`)],
  banner: requireBanner,
  removeNodeProtocol: false,
  minify: true,
  splitting: true,
  clean: true,
  esbuildPlugins: [notices],
  tsconfig: "../../tooling/tsup/tsconfig.json",
};

export default app;
