/** What threads of a sweep run, as a file of its own beside the command. */
export { run } from "@prune/sweep/thread";
