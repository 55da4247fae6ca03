import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandIn } from "./command.js";
import { openRegistry, type Registry } from "./registry.js";

const root = new URL("../..", import.meta.url).pathname;

export interface Packed extends Registry {
  /** What `.npmrc` of a project holds to install from it. */
  readonly npmrc: string;
  readonly names: readonly string[];
}

/**
 * Packs every package that is public, as a release does, and publishes the tarballs to a registry of this process.
 * The packages have to be built.
 */
export async function packAndPublish(): Promise<Packed> {
  const folder = mkdtempSync(join(tmpdir(), "prune-tarballs-"));
  const registry = await openRegistry();
  const npmrc = `@prune:registry=${registry.url}\n${registry.url.replace("http:", "")}:_authToken=none\n`;
  const names: string[] = [];
  for (const home of publicPackages()) {
    const { name } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as {
      readonly name: string;
    };
    const before = new Set(readdirSync(folder));
    await commandIn(home, join(root, "node_modules/.bin/pnpm"), ["pack", "--pack-destination", folder]);
    const tarball = readdirSync(folder).find((file) => !before.has(file));
    if (tarball === undefined) throw new Error(`${name} was not packed.`);
    writeFileSync(join(folder, ".npmrc"), npmrc);
    await commandIn(folder, "npm", ["publish", tarball, "--tag", "latest", "--provenance=false"]);
    names.push(name);
  }
  return { ...registry, npmrc, names };
}

/** Folders of the packages that are published. */
export function publicPackages(): string[] {
  const all = ["packages", "apps"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  );
  return all.filter((home) => {
    try {
      return !(JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { readonly private?: boolean })
        .private;
    } catch {
      return false;
    }
  });
}
