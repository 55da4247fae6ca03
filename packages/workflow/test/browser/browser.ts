import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Page } from "playwright-core";
import type { Files } from "./job.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const hasChromium: boolean = existsSync(executablePath);

/** None of the connections to the outside that Chromium makes by itself. */
const flags =
  "--no-sandbox --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

const runtimeFolder = dirname(createRequire(import.meta.url).resolve("onnxruntime-web"));

/** A page in headless Chromium with the workflow in it, and the server on localhost that it gets files from. */
export interface Browser {
  readonly page: Page;
  close(): Promise<void>;
}

export async function openBrowser(files: Files): Promise<Browser> {
  const script = await bundled(fileURLToPath(new URL("page.ts", import.meta.url)));
  const contentsOf = (url: string): Uint8Array | string | undefined => {
    if (url === "/") return '<!doctype html><script type="module" src="/page.js"></script>';
    if (url === "/page.js") return script;
    const [, kind, name = ""] = /^\/(ort|files)\/([\w.-]+)$/.exec(url) ?? [];
    if (kind === "ort") return readFileSync(join(runtimeFolder, name));
    return kind === "files" ? files[name] : undefined;
  };
  const server = createServer(({ url = "/" }, response) => {
    const contents = contentsOf(url);
    if (contents === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": typeOf(url) }).end(contents);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath, args: flags.split(" ") });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await page.waitForFunction("globalThis.run !== undefined");
  return {
    page,
    async close() {
      await browser.close();
      server.close();
    },
  };
}

const types = [
  [/^\/$/, "text/html"],
  [/\.m?js$/, "text/javascript"],
  [/\.wasm$/, "application/wasm"],
] as const;

const typeOf = (url: string): string =>
  types.find(([pattern]) => pattern.test(url))?.[1] ?? "application/octet-stream";

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    conditions: ["onnxruntime-web-use-extern-wasm"],
    logLevel: "silent",
  });
  return outputFiles[0]?.text as string;
}
