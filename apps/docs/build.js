/** The API reference by TypeDoc, then the site by VitePress; fails where any link of it leads nowhere. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deadLinks } from "./dead-links.js";

run("typedoc", "--options", "typedoc.json");
nameByHeading("pages/api");
nameByPackage("pages/api");
run("vitepress", "build");

const dead = deadLinks("dist");
if (dead.length > 0) fail(`${dead.length} links lead nowhere:\n${dead.join("\n")}`);

function run(command, ...args) {
  const { status, stdout, stderr } = spawnSync(`node_modules/.bin/${command}`, args, { encoding: "utf8" });
  if (status !== 0) fail(`${command} failed:\n${stdout}\n${stderr}`);
}

function fail(why) {
  console.error(why);
  process.exit(1);
}

/**
 * TypeDoc numbers headings of one name over all of a module, in whatever pages; VitePress over the page. A link to the second
 * of a page that has one means that one.
 */
function nameByHeading(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".md"),
  );
  const texts = new Map(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  const headings = (page, place) =>
    [...(texts.get(page) ?? "").matchAll(/^#+ (.+)$/gm)].filter(
      ([, title]) => title.toLowerCase().replace(/\W/g, "") === place,
    ).length;
  for (const [name, text] of texts)
    writeFileSync(
      join(folder, name),
      text.replace(/\]\(([^)#\s]*)#([^)\s]+)-(\d+)\)/g, (link, path, place, nth) => {
        const page = path === "" ? name : join(dirname(name), path);
        return headings(page, place) === 1 && Number(nth) > 0 ? `](${path}#${place})` : link;
      }),
    );
}

/** Modules are called as they are imported, not by where their source lies. */
function nameByPackage(folder) {
  const called = (_, name, entry) => `@prune/${name}${entry ?? ""}`;
  for (const page of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".md"),
  )) {
    const text = readFileSync(join(folder, page), "utf8");
    const module = /([a-z-]+)\/src(\/[a-z-]+)?(?=\]|$)/;
    writeFileSync(
      join(folder, page),
      text
        .replace(/^# .+$/m, (title) => title.replace(module, called))
        .replace(/\[[a-z-]+\/src(?:\/[a-z-]+)?\](?=\()/g, (label) => label.replace(module, called)),
    );
  }
}
