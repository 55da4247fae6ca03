import { createWorkflow, type Progress, type Workflow } from "@prune/workflow";
import { folderStore, nodeFormats } from "@prune/workflow/node";
import { progressText } from "./terminal/progress-text.js";
import type { Terminal } from "./terminal/terminal.js";

/** What commands call: models of all formats, on the disk and in pipes. */
export const workflow: Workflow = createWorkflow({
  formats: nodeFormats(),
  store: folderStore({ streams: true }),
});

/** Shows what a job is doing. */
export function shownOn({ progress }: Pick<Terminal, "progress">): (event: Progress) => void {
  const text = progressText();
  return (event) => progress(text(event));
}
