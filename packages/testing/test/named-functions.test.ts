import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const packages = readdirSync(join(root, "packages")).filter((name) =>
  existsSync(join(root, "packages", name, "package.json")),
);

/** Names that the entries of a package export; `export *` is not used here. */
function exportsOf(name: string): string[] {
  const home = join(root, "packages", name);
  const { exports } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { exports: object };
  return Object.keys(exports)
    .filter((entry) => !entry.includes(".", 1))
    .flatMap((entry) => {
      const file = join(home, "src", `${entry === "." ? "index" : entry.slice(2)}.ts`);
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      const lists = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = ""]) =>
        list.split(","),
      );
      const listed = lists.map((each) =>
        each
          .trim()
          .replace(/^type /, "")
          .replace(/^.* as /, ""),
      );
      const made = [
        ...text.matchAll(
          /^export (?:declare )?(?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm,
        ),
      ];
      return [...listed, ...made.map(([, each = ""]) => each)];
    })
    .filter((each) => each !== "");
}
const exported = new Set([...packages.flatMap(exportsOf), "defineConfig"]);

/** What the objects have that these functions give: rows of a README are about one of them. */
const members = new Set(
  packages
    .flatMap((name) =>
      readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" }).map((file) =>
        join(root, "packages", name, "src", file),
      ),
    )
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .flatMap((file) => [
      ...readFileSync(file, "utf8").matchAll(/^ {2}(?:readonly )?(\w+)\??(?:: )?\(.*\).*[;,]$/gm),
    ])
    .map(([, name = ""]) => name),
);

/** Functions of the platform, of an operator's formula, and of Torch-Pruning, which a page compares with. */
const others: ReadonlySet<string> = new Set([
  "import",
  "require",
  "fetch",
  "rsqrt",
  "Uint8Array",
  "GroupMagnitudeImportance",
  "step",
]);

const isKnown = (name: string): boolean => exported.has(name) || others.has(name);

/** `name(...)` between backticks, without an object before it. */
const namedIn = (text: string, tick = "`"): string[] =>
  [
    ...text.matchAll(
      new RegExp(`${tick.replace("\\", "\\\\")}(?:await |new |\\.\\.\\.)?([A-Za-z_$][\\w$]*)\\(`, "g"),
    ),
  ].map(([, name = ""]) => name);

/** Text of a page without its fences. */
const prose = (text: string): string => text.replace(/^```.*?^```$/gms, "");

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...["packages", "apps"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name, "README.md")),
  ),
  ...readdirSync(join(root, "apps/docs/pages"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.startsWith("api"))
    .map((name) => join("apps/docs/pages", name)),
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
].filter((page) => existsSync(join(root, page)));

const messages = ["packages", "apps"]
  .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name, "src/errors.ts")))
  .filter((file) => existsSync(join(root, file)));

describe("functions that are named can be called:", () => {
  test.each(pages)("%s", (page) => {
    const names = namedIn(prose(readFileSync(join(root, page), "utf8")));
    expect(names.filter((name) => !isKnown(name) && !members.has(name))).toEqual([]);
  });
  test.each(messages)("messages of %s", (file) => {
    const text = readFileSync(join(root, file), "utf8");
    const names = [...namedIn(text, "\\`"), ...namedIn(text.replace(/`/g, ""), "'")];
    expect(names.filter((name) => !isKnown(name))).toEqual([]);
  });
  test("and the check knows what is exported", () => {
    for (const name of ["prune", "onnx", "openTrace", "withOperators"]) expect(exported).toContain(name);
    expect(exported.size).toBeGreaterThan(300);
    expect(messages.length).toBeGreaterThan(10);
    expect(namedIn("see `prune(x)` and `trace.cut(plan)`, not prune(x)")).toEqual(["prune"]);
  });
});
