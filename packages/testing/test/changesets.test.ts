import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { publicPackages } from "../../../tooling/tarballs/publish.js";

const folder = fileURLToPath(new URL("../../../.changeset", import.meta.url));
const names = new Set(
  publicPackages().map(
    (home) =>
      (JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { readonly name: string }).name,
  ),
);

test("changesets are about packages that there are, which a release stops at otherwise", () => {
  const named = readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) =>
      [...(readFileSync(join(folder, file), "utf8").split("---")[1] ?? "").matchAll(/^["'](.+)["']:/gm)].map(
        ([, name = ""]) => ({ file, name }),
      ),
    );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter(({ name }) => !names.has(name))).toEqual([]);
});
