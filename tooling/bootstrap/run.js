/** What `npm start` and `npm test` run. It needs Node and npm, nothing installed: only built-ins here. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const jobs = { start, test };
const [name, ...options] = process.argv.slice(2);

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
process.env.PATH = `${process.cwd()}/node_modules/.bin${delimiter}${process.env.PATH}`;
process.env.TURBO_TELEMETRY_DISABLED = "1";
process.env.TURBO_NO_UPDATE_NOTIFIER = "1";
process.env.ORT_DISABLE_TELEMETRY = "1";

install();
jobs[name]();

function start() {
  run("turbo", ["run", "build"]);
  run("node", ["apps/cli/dist/demo.js", ...options]);
}

function test() {
  run("turbo", ["run", "vitest", "--log-prefix=none", ...options]);
}

/** Installs once per lockfile: the copy in node_modules says which lockfile is in place. */
function install() {
  const [wanted, installed] = ["pnpm-lock.yaml", "node_modules/.installed-lock.yaml"];
  if (existsSync(installed) && readFileSync(installed).equals(readFileSync(wanted))) return;
  const { version } = /@(?<version>.+)$/.exec(
    JSON.parse(readFileSync("package.json", "utf8")).packageManager,
  ).groups;
  run("npx", ["-y", `pnpm@${version}`, "install", "--frozen-lockfile", "--config.confirmModulesPurge=false"]);
  copyFileSync(wanted, installed);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
}
