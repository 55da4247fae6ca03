// Runs of the networks that the parent names, one at a time, sent to it as they are done.
import { runsOf } from "./runs.js";

process.on("message", async (name: string) => {
  for await (const run of runsOf(name)) process.send?.(run);
  process.send?.("done");
});
