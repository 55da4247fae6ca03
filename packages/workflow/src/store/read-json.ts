import { WorkflowError } from "../errors.js";
import type { Store } from "./store.js";

/** A file of JSON. */
export async function readJson(store: Pick<Store, "read">, path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await store.read(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WorkflowError("unreadable-file", {
      path,
      why: `it is not JSON (${(error as Error).message})`,
    });
  }
}
