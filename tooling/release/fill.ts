/**
 * Before a release: the address of the repository, from `address.json` beside this file, goes into every package that is
 * published (`repository`, `homepage`, `bugs`), and relative links of their READMEs become absolute ones, as pages of a
 * registry need them. Fails while the address is empty; nothing else of the repository knows it.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { publicPackages } from "../tarballs/publish.js";

const root = new URL("../..", import.meta.url).pathname;
const { repository } = JSON.parse(readFileSync(new URL("./address.json", import.meta.url), "utf8")) as {
  readonly repository: string;
};
if (!/^https:\/\/\S+[^/]$/.test(repository)) {
  console.error(
    "tooling/release/address.json: `repository` must be the https address of the repository, without a slash at its end.",
  );
  process.exit(1);
}

for (const home of publicPackages()) {
  const folder = relative(root, home);
  const file = join(home, "package.json");
  const { name, version, description, keywords, ...rest } = JSON.parse(readFileSync(file, "utf8")) as Record<
    string,
    unknown
  >;
  const filled = {
    name,
    version,
    description,
    keywords,
    homepage: `${repository}/tree/main/${folder}#readme`,
    bugs: `${repository}/issues`,
    repository: { type: "git", url: `git+${repository}.git`, directory: folder },
    ...rest,
  };
  writeFileSync(file, `${JSON.stringify(filled, null, 2)}\n`);
  const readme = join(home, "README.md");
  if (existsSync(readme)) writeFileSync(readme, absolute(readFileSync(readme, "utf8"), home));
}

/** `](../onnx)` as `](https://.../tree/main/packages/onnx)`; a link that leads nowhere is an error. */
function absolute(text: string, home: string): string {
  return text.replace(/\]\((\.{1,2}\/[^)#\s]*)(#[^)\s]*)?\)/g, (_, link: string, anchor = "") => {
    const target = resolve(home, link);
    if (!existsSync(target)) throw new Error(`${home}/README.md links to ${link}, which isn't there.`);
    return `](${repository}/tree/main/${relative(root, target)}${anchor})`;
  });
}
