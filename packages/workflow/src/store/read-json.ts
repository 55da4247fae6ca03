import { WorkflowError } from "../errors.js";
import type { Store } from "./store.js";

/** The most that a recipe, a configuration, curves or a table may be. */
const most = { bytes: 256 * 2 ** 20, depth: 64 } as const;

/** A file of JSON. */
export async function readJson(store: Pick<Store, "read" | "size">, path: string): Promise<unknown> {
  const bad = (why: string): WorkflowError => new WorkflowError("unreadable-file", { path, why });
  const tooBig = (bytes: number): WorkflowError =>
    bad(`it has ${bytes} bytes, and ${most.bytes} are the most that are read of a file of JSON`);
  // What is standard input has no size yet.
  const size = (await store.size(path)) ?? 0;
  if (size > most.bytes) throw tooBig(size);
  const bytes = await store.read(path);
  if (bytes.length > most.bytes) throw tooBig(bytes.length);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw bad(`it is not JSON (${(error as Error).message})`);
  }
  if (nestsBeyond(value, most.depth)) throw bad(`it nests more than ${most.depth} deep`);
  return value;
}

/** What walks values calls itself, and a stack has an end. */
function nestsBeyond(value: unknown, limit: number): boolean {
  let level = [value].filter(isHolder);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    const next: object[] = [];
    for (const one of level) for (const inner of Object.values(one)) if (isHolder(inner)) next.push(inner);
    level = next;
  }
  return false;
}

const isHolder = (value: unknown): value is object => typeof value === "object" && value !== null;
