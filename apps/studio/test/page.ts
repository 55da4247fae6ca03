import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

export const dist: string = fileURLToPath(new URL("../dist/", import.meta.url));
const chromiumPath = process.env["PRUNE_CHROMIUM"] ?? "/usr/bin/chromium";

/** Why the page can't be tested here; undefined where it can. */
export const missing: string | undefined = !existsSync(chromiumPath)
  ? `there is no Chromium at ${chromiumPath}`
  : existsSync(join(dist, "index.html"))
    ? undefined
    : "the studio is not built";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** The built page on a server of this machine. */
export interface Site {
  readonly url: string;
  close(): void;
}

/** @param folder where the build lies */
export async function serve(folder = dist): Promise<Site> {
  const server: Server = createServer(({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const file = join(folder, pathname === "/" ? "index.html" : pathname);
    if (!file.startsWith(folder) || !existsSync(file)) response.writeHead(404).end();
    else
      response
        .writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" })
        .end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the server has no port");
  return {
    url: `http://localhost:${address.port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @param more arguments of Chromium's command line besides the usual */
export const launch = (...more: readonly string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", ...more],
  });

/** What gives Chromium a WebGPU adapter without a graphics card, where it was built with one. */
export const softwareAdapter: readonly string[] = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
];

/** A fresh page with all that it asks of a network and all that it complains about. */
export interface OpenedPage {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

export async function openPage(browser: Browser, { url }: Site): Promise<OpenedPage> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 820 }, acceptDownloads: true });
  page.setDefaultTimeout(60_000);
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  // What tsx makes of a function that runs in the page refers to it.
  await page.addInitScript("globalThis.__name = (made) => made");
  await page.goto(url);
  return { page, requests, complaints };
}
