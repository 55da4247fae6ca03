/** What threads run where this package is a source: theirs is a loader of its own. */
import { register } from "tsx/esm/api";

register();

export const run = async (task) => (await import("./thread.js")).run(task);
