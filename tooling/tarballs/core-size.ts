/**
 * What an install of the core weighs, packed and unpacked, against its limits: `pnpm size`. All of it has to come from this
 * repository, so that nothing needs to be downloaded to know. Packages have to be built.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { commandIn } from "./command.js";
import { publicPackages } from "./publish.js";
import { core, coreLimits } from "./sizes.js";

const root = new URL("../..", import.meta.url).pathname;
const homes = new Map(publicPackages().map((home) => [manifestOf(home).name, home]));

const needed = new Set<string>();
for (const name of core) need(name);

const folder = mkdtempSync(join(tmpdir(), "prune-core-"));
let packed = 0;
let unpacked = 0;
for (const name of needed) {
  const tarball = join(folder, `${name.replace(/\W+/g, "-")}.tgz`);
  await commandIn(homes.get(name) as string, join(root, "node_modules/.bin/pnpm"), [
    "pack",
    "--out",
    tarball,
  ]);
  packed += statSync(tarball).size;
  unpacked += contentOf(gunzipSync(readFileSync(tarball)));
}
rmSync(folder, { recursive: true });

const kilobytes = (bytes: number): string => `${(bytes / 1e3).toFixed(0)} kB`;
console.log(
  `${core.join(" + ")}: ${needed.size} packages, ${kilobytes(packed)} packed (at most ${kilobytes(coreLimits.packed)}), ${kilobytes(unpacked)} unpacked (at most ${kilobytes(coreLimits.unpacked)})`,
);
process.exit(packed > coreLimits.packed || unpacked > coreLimits.unpacked ? 1 : 0);

function need(name: string): void {
  const home = homes.get(name);
  if (home === undefined) throw new Error(`The core depends on ${name}, which is not of this repository.`);
  if (needed.has(name)) return;
  needed.add(name);
  for (const dependency of Object.keys(manifestOf(home).dependencies ?? {})) need(dependency);
}

function manifestOf(home: string): { readonly name: string; readonly dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
}

/** Bytes of all files of an archive: each is a header of 512 bytes, with the size in octal at 124, and whole blocks. */
function contentOf(archive: Uint8Array): number {
  let bytes = 0;
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(Buffer.from(archive.subarray(at + 124, at + 135)).toString(), 8);
    bytes += size;
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return bytes;
}
