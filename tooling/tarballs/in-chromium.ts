import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { commandIn } from "./command.js";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
};

/** The packages without a bundler, by an import map, and bundled in a Worker. */
export async function inChromium(folder: string): Promise<string> {
  writeFileSync(
    join(folder, "worker.mjs"),
    `import { pruned } from "./prune.mjs";
onmessage = async ({ data }) => postMessage(await pruned(data).catch((error) => String(error.stack)));`,
  );
  await commandIn(folder, "node_modules/.bin/esbuild", [
    "worker.mjs",
    "--bundle",
    "--format=esm",
    "--outfile=built/worker.js",
  ]);
  return inPage(folder, "page.html", async (page) => {
    await page.waitForFunction("window.said && window.saidInWorker", undefined, { timeout: 60_000 });
    const [said, inWorker] = (await page.evaluate("[window.said, window.saidInWorker]")) as [string, string];
    if (!/removed [1-9]/.test(said) || said !== inWorker)
      throw new Error(`${said}; in a Worker: ${inWorker}`);
    return `${said}; the same in a Worker`;
  });
}

/** A page of the examples: it is given a model, and has to offer a smaller one. */
export const prunedInPage = (folder: string, model: string): Promise<string> =>
  inPage(folder, "index.html", async (page) => {
    await page.setInputFiles("#model", model);
    await page.waitForSelector("#smaller:not([hidden])", { timeout: 60_000 });
    return (await page.textContent("#said")) ?? "";
  });

/** Serves a folder, opens a page of it, and throws if anything went wrong in it. */
async function inPage(folder: string, start: string, use: (page: Page) => Promise<string>): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url === "/" ? start : (request.url ?? "");
    try {
      const bytes = readFileSync(join(folder, path));
      response
        .writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" })
        .end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const browser = await chromium.launch({
    executablePath: process.env.PRUNE_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("requestfailed", (request) => problems.push(request.url()));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return await use(page).catch((error: Error) => {
      throw new Error(`${error.message}: ${problems.join("; ")}`);
    });
  } finally {
    await browser.close();
    server.close();
  }
}
