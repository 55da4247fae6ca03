import { runProgram } from "../src/program.js";
import { terminal } from "../src/terminal/terminal.js";

/** What a command line wrote and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `prune` in this process, on sources. */
export async function prune(...args: string[]): Promise<Ran> {
  const text = { out: "", err: "" };
  const stream = (name: "out" | "err") => ({
    write: (part: string): void => {
      text[name] += part;
    },
  });
  const code = await runProgram(args, terminal(stream("out"), stream("err"), {}));
  return { code, ...text };
}

export const sample = (name: string): string => new URL(`../sample/${name}`, import.meta.url).pathname;

export const glyphs: string = sample("glyphs.onnx");
