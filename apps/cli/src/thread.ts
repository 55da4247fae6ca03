/** What threads of a sweep run, as a file of its own beside the command. */
export { runTask } from "@prune/sweep/thread";
