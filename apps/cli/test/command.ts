import { readdirSync } from "node:fs";
import { runProgram } from "../src/program.js";
import { terminal } from "../src/terminal/terminal.js";

/** What a command line wrote and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const commands = [
  "inspect",
  "groups",
  "verify",
  "apply",
  "bench",
  "eval",
  "sensitivity",
  "train",
  "help",
  "completion",
  "sweep",
  "work",
];
const amounts = ["-r", "--ratio", "-t", "--target", "--keep", "--lossless", "-c", "--config"];

/** Runs `prune` in this process, on sources; a prune that says no amount is one of half. */
export function prune(...args: string[]): Promise<Ran> {
  const isFound =
    !args.includes("--no-config") && readdirSync(".").some((name) => name.startsWith("prune.config."));
  const isSaid =
    commands.includes(args[0] ?? "") || !args.includes("-o") || args.some((arg) => amounts.includes(arg));
  return isSaid || isFound ? pruneAsSaid(...args) : pruneAsSaid(...args, "--ratio", "0.5");
}

/** The same without an amount of its own. */
export async function pruneAsSaid(...args: string[]): Promise<Ran> {
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
