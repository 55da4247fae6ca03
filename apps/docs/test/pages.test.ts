import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { fencesOf, installedIn } from "../../../tooling/docs/page-code.js";

const docs = fileURLToPath(new URL("..", import.meta.url));
const root = join(docs, "../..");
const pages = readdirSync(join(docs, "pages"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md") && !name.startsWith("api"))
  .sort();
const textOf = (page: string): string => readFileSync(join(docs, "pages", page), "utf8");

const folder = mkdtempSync(join(tmpdir(), "prune-docs-"));
const home = process.cwd();
beforeAll(() => {
  const sample = join(root, "apps/cli/sample");
  copyFileSync(join(sample, "glyphs.onnx"), join(folder, "model.onnx"));
  copyFileSync(join(sample, "glyphs.json"), join(folder, "test.json"));
  copyFileSync(join(sample, "glyphs-test.images.u8"), join(folder, "test.images.u8"));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const importedIn = (code: string): string[] =>
  [...code.matchAll(/(?:from|import) "([^"]+)"/g)]
    .map(([, path = ""]) => path.split("/"))
    .filter(([first = ""]) => !first.startsWith("node:") && !first.startsWith("."))
    .map(([first = "", second]) => (first.startsWith("@") ? `${first}/${second}` : first));

const withFences = pages.filter((page) => fencesOf(textOf(page)).length > 0);

describe.each(withFences)("%s", (page) => {
  const fences = fencesOf(textOf(page));
  test("installs what its code imports", () => {
    for (const name of fences.flatMap(importedIn)) expect(installedIn(textOf(page))).toContain(name);
  });
  test.each(fences.map((_, nth) => nth))(
    "fence %i runs, and says something",
    async (nth) => {
      const log = vi.spyOn(console, "log").mockImplementation(() => {});
      await import(/* @vite-ignore */ `${join(docs, "pages", page)}?fence${nth}.ts`);
      const said = log.mock.calls.map((args) => format(...args)).join("\n");
      log.mockRestore();
      expect(said).not.toBe("");
      expect(said).not.toMatch(/undefined|NaN/);
    },
    90_000,
  );
});

test("what pages show of examples is there", () => {
  for (const page of pages)
    for (const [, path = ""] of textOf(page).matchAll(/^<<< (.+)$/gm))
      expect(existsSync(join(docs, "pages", page, "..", path)), `${page}: ${path}`).toBe(true);
});

test.each(
  readdirSync(join(root, "packages")).filter((name) => existsSync(join(root, "packages", name, "README.md"))),
)("the README of %s installs what its example imports", (name) => {
  const text = readFileSync(join(root, "packages", name, "README.md"), "utf8");
  const code = fencesOf(text);
  for (const imported of new Set(code.flatMap(importedIn))) expect(installedIn(text)).toContain(imported);
});

const chromiumPath = process.env.PRUNE_CHROMIUM ?? "/usr/bin/chromium";
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

describe.skipIf(!existsSync(chromiumPath) || !existsSync(join(docs, "dist/index.html")))(
  "the site, in Chromium",
  () => {
    test("opens, leads to every page of its menu, and has the API", async () => {
      const server = createServer((request, response) => {
        const path = new URL(request.url ?? "/", "http://localhost").pathname.replace(/\/$/, "/index.html");
        const file = join(docs, "dist", path);
        if (!existsSync(file)) return void response.writeHead(404).end();
        response
          .writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" })
          .end(readFileSync(file));
      });
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
      try {
        const page = await browser.newPage();
        const problems: string[] = [];
        page.on("pageerror", (error) => problems.push(error.message));
        page.on("response", (response) => {
          if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
        });
        await page.goto(`${url}/start.html`, { waitUntil: "networkidle" });
        const links = (await page.$$eval(".VPSidebar a", (all) =>
          all.map((link) => (link as unknown as { href: string }).href),
        )) as string[];
        expect(links.length).toBeGreaterThan(15);
        for (const link of new Set(links)) expect((await page.goto(link))?.status(), link).toBe(200);
        expect(await page.textContent("h1")).not.toBe("");
        expect(problems).toEqual([]);
      } finally {
        await browser.close();
        server.close();
      }
    }, 120_000);
  },
);
