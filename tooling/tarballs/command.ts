import { spawn } from "node:child_process";

/** Runs a program and gives what it printed; throws with all of it if it fails. */
export function commandIn(
  folder: string,
  program: string,
  args: readonly string[],
  { env = {}, may = false }: { readonly env?: NodeJS.ProcessEnv; readonly may?: boolean } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: {
        ...process.env,
        NO_COLOR: "1",
        NODE_OPTIONS: "",
        npm_config_fund: "false",
        npm_config_audit: "false",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part) => {
        text += part;
      });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 || may) resolve(text);
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code}:\n${text.slice(-4000)}`));
    });
  });
}
