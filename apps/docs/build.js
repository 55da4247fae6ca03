/** The API reference by TypeDoc, then the site by VitePress, which fails on dead links. */
import { spawnSync } from "node:child_process";

for (const [command, ...args] of [
  ["typedoc", "--options", "typedoc.json"],
  ["vitepress", "build"],
]) {
  const { status, stdout, stderr } = spawnSync(`node_modules/.bin/${command}`, args, { encoding: "utf8" });
  if (status === 0) continue;
  console.error(`${command} failed:\n${stdout}\n${stderr}`);
  process.exit(1);
}
