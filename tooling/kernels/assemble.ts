import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import createWabt from "wabt";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** WebAssembly in its text format, each with the TypeScript that holds it assembled beside it. */
export const kernels: readonly string[] = [
  "packages/importance-magnitude/src/kernel/sums.wat",
  "packages/recovery/src/kernel/products.wat",
].map((path) => join(root, path));

export const assembledPath = (path: string): string => path.replace(/\.wat$/, ".wasm.ts");

/** A module of one constant, the assembled bytes as base64: what bundlers and browsers take without a loader. */
export async function assembled(path: string): Promise<string> {
  const wabt = await createWabt();
  const parsed = wabt.parseWat(basename(path), readFileSync(path, "utf8"), { simd: true });
  try {
    parsed.resolveNames();
    parsed.validate();
    const text = Buffer.from(parsed.toBinary({}).buffer).toString("base64");
    const name = basename(path, ".wat");
    return `/** ${basename(path)} as \`pnpm kernels\` assembled it. */
export const ${name}Wasm: string =
  "${text}";
`;
  } finally {
    parsed.destroy();
  }
}
