import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { transform } from "esbuild";

/**
 * CommonJS out of the ESM in `dist`, file by file, so that entries share their chunks. tsup's own has helpers in place of
 * `?.` and `??`, and goes wrong on fields of classes. It has no source maps, which would be half of an install.
 */
export async function commonJs(): Promise<void> {
  const names = readdirSync("dist");
  for (const name of names) if (/\.cjs(\.map)?$/.test(name)) rmSync(`dist/${name}`);
  for (const name of names.filter((file) => file.endsWith(".js"))) {
    const { code } = await transform(
      readFileSync(`dist/${name}`, "utf8").replace(/\n\/\/# sourceMappingURL=.*/, ""),
      {
        format: "cjs",
        target: "es2022",
        minify: true,
      },
    );
    const local = code.replace(/(require|import)\("(\.\/[^"]+)\.js"\)/g, '$1("$2.cjs")');
    writeFileSync(`dist/${name.replace(/\.js$/, ".cjs")}`, local);
  }
}
