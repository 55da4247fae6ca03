/**
 * A release from its first step to its last, in a clone, to a registry of this process: `pnpm release:rehearse`. The
 * address is filled in, versions and changelogs come from the changesets, `changeset publish` publishes, and a project
 * installs what was published. Packages have to be built. Nothing leaves the machine, and nothing changes here.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { commandIn } from "../tarballs/command.js";
import { publicPackages } from "../tarballs/publish.js";
import { openRegistry } from "../tarballs/registry.js";

const root = new URL("../..", import.meta.url).pathname;
const address = "https://example.com/prune/prune";
const home = mkdtempSync(join(tmpdir(), "prune-release-"));
const clone = join(home, "clone");
const registry = await openRegistry();

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly repository?: { readonly url: string; readonly directory: string };
  readonly homepage?: string;
  readonly bugs?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const step = (text: string): void => console.log(text);
const must = (holds: boolean, text: string): void => {
  if (!holds) throw new Error(text);
};

try {
  await commandIn(home, "git", ["clone", "--quiet", root, clone]);
  const bin = (name: string): string => join(clone, "node_modules/.bin", name);
  await commandIn(clone, join(root, "node_modules/.bin/pnpm"), [
    "install",
    "--frozen-lockfile",
    "--prefer-offline",
    "--ignore-scripts",
  ]);
  const folders = publicPackages().map((folder) => relative(root, folder));
  for (const folder of folders)
    cpSync(join(root, folder, "dist"), join(clone, folder, "dist"), { recursive: true });
  step(`${folders.length} packages, in a clone`);

  writeFileSync(join(clone, "tooling/release/address.json"), JSON.stringify({ repository: address }));
  await commandIn(clone, "node", ["--import", "tsx", "tooling/release/fill.ts"]);
  for (const folder of folders) {
    const { name, repository, homepage, bugs } = manifestIn(join(clone, folder));
    must(repository?.url === `git+${address}.git` && repository.directory === folder, `${name}: repository`);
    must(
      homepage?.startsWith(address) === true && bugs === `${address}/issues`,
      `${name}: homepage and bugs`,
    );
    const readme = readFileSync(join(clone, folder, "README.md"), "utf8");
    must(!/\]\(\.{1,2}\//.test(readme), `${name}: its README has relative links`);
  }
  step("address, homepage and bugs are filled in; links of READMEs are absolute");

  await commandIn(clone, bin("changeset"), ["version"]);
  for (const folder of folders) {
    const { name, version } = manifestIn(join(clone, folder));
    must(version !== "0.0.0", `${name}: no changeset names it, so that it would be released as 0.0.0`);
    must(existsSync(join(clone, folder, "CHANGELOG.md")), `${name}: no CHANGELOG.md`);
  }
  step("versions and changelogs come from the changesets");

  writeFileSync(join(clone, ".npmrc"), `${npmrc("")}\n`);
  const env = {
    npm_config_registry: registry.url,
    npm_config_provenance: "false",
    npm_config_userconfig: join(clone, ".npmrc"),
  };
  for (const folder of folders)
    await commandIn(join(clone, folder), "npm", ["publish", "--dry-run", "--access", "public"], { env });
  step("npm publish --dry-run takes each");
  await commandIn(clone, bin("changeset"), ["publish", "--no-git-tag"], { env });
  const published = new Set(registry.published());
  for (const folder of folders) {
    const { name, version } = manifestIn(join(clone, folder));
    must(published.has(`${name}@${version}`), `${name}@${version} was not published`);
  }
  step(`published: ${[...published].sort().join(", ")}`);

  const outside = join(home, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "package.json"), '{ "name": "outside", "private": true, "type": "module" }');
  writeFileSync(join(outside, ".npmrc"), npmrc("@prune:"));
  await commandIn(outside, "npm", [
    "install",
    "--prefer-offline",
    "--ignore-scripts",
    "@prune/onnx",
    "@prune/pruner",
    "@prune/importance-magnitude",
  ]);
  const installed = manifestIn(join(outside, "node_modules/@prune/onnx"));
  must(
    Object.values(installed.dependencies ?? {}).every((range) => /^\^\d/.test(range)),
    "ranges of dependencies",
  );
  step(`installed: @prune/onnx ${installed.version}, which needs ${JSON.stringify(installed.dependencies)}`);
} finally {
  registry.close();
  rmSync(home, { recursive: true, force: true });
}

function npmrc(scope: string): string {
  return `${scope}registry=${registry.url}\n${registry.url.replace("http:", "")}:_authToken=none\n`;
}
