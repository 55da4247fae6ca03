/** What threads run where this package is a source: theirs is a loader of its own. */
import { register } from "tsx/esm/api";

register();

export const runTask = async (task) => (await import("./thread.js")).runTask(task);
