import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import type { Asked, Found } from "./page.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const hasChromium: boolean = existsSync(executablePath);

/** Webgl in software, and none of the connections to the outside that Chromium makes by itself. */
const flags =
  "--no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader --ignore-gpu-blocklist --disable-quic --no-first-run " +
  "--disable-background-networking --disable-component-update --disable-sync";

/** A page in headless Chromium that prunes and runs models, and the server on localhost that it gets them from. */
export interface Browser {
  /** Serves the files of a model; gives the address of the first, its model.json. */
  serve(name: string, files: readonly ServedFile[]): string;
  check(asked: Asked): Promise<Found>;
  close(): Promise<void>;
}

export interface ServedFile {
  readonly path: string;
  readonly contents: Uint8Array | string;
}

export async function openBrowser(): Promise<Browser> {
  const served = new Map<string, Uint8Array | string>([
    ["/", '<!doctype html><script src="/page.js"></script>'],
    ["/page.js", await bundled(fileURLToPath(new URL("page.ts", import.meta.url)))],
  ]);
  const server = createServer(({ url = "/" }, response) => {
    const contents = served.get(decodeURI(url));
    if (contents === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": typeOf(url) }).end(contents);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const home = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await chromium.launch({ executablePath, args: flags.split(" ") });
  const page = await browser.newPage();
  await page.goto(home);
  return {
    serve(name, files) {
      for (const { path, contents } of files) served.set(`/${name}/${path}`, contents);
      return `${home}/${name}/${files[0]?.path}`;
    },
    check: (asked) => page.evaluate((what) => globalThis.check(what), asked),
    async close() {
      await browser.close();
      server.close();
    },
  };
}

const typeOf = (url: string): string =>
  url === "/"
    ? "text/html"
    : url.endsWith(".js")
      ? "text/javascript"
      : url.endsWith(".json")
        ? "application/json"
        : "application/octet-stream";

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    logLevel: "silent",
  });
  return outputFiles[0]?.text as string;
}

/** Files on disk as they are served: by their path from the folder of the first. */
export const servedFiles = (
  paths: readonly string[],
  read: (path: string) => Uint8Array,
): readonly ServedFile[] =>
  paths.map((path) => ({ path: relative(dirname(paths[0] as string), path), contents: read(path) }));
