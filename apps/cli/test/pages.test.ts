import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { prune } from "./command.js";

const pages = fileURLToPath(new URL("../../docs/pages", import.meta.url));

/** Arguments as a shell makes them of a line. */
const argumentsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, one, two, bare]) => one ?? two ?? bare ?? "");

const shown = readdirSync(pages, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md") && !name.startsWith("api"))
  .flatMap((page) =>
    [...readFileSync(join(pages, page), "utf8").matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(
      ([, fence = ""]) =>
        fence
          .split("\n")
          .filter((line) => line.startsWith("prune "))
          .map((line) => [page, line.replace(/ +#.*$/, "")] as const),
    ),
  );

// The first call loads the command.
beforeAll(async () => void (await prune("inspect", "nowhere.onnx")));

test("pages show commands", () => {
  expect(shown.length).toBeGreaterThan(15);
});

// There are no such models here: a command that is understood gets as far as that.
test.each(shown)("%s: %s is understood", async (_, line) => {
  const { code, err, out } = await prune(...argumentsOf(line).slice(1));
  expect(`${err}${out}`).not.toMatch(
    /unknown option|did you mean|contradict|can't be combined|it needs|Usage:/i,
  );
  expect(code).not.toBe(2);
});
