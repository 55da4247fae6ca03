import { createWorkflow, type JobProgress, type Workflow } from "@prune/workflow";
import { folderStore, type NodeFormatsOptions, nodeFormats } from "@prune/workflow/node";
import { progressText } from "./terminal/progress-text.js";
import type { Terminal } from "./terminal/terminal.js";

/** Models of all formats, on the disk and in pipes; ONNX models by rules or a backend of one's own, if there are some. */
export const workflowWith = (own?: NodeFormatsOptions): Workflow =>
  createWorkflow({ formats: nodeFormats(own), store: folderStore({ streams: true }) });

/** What commands call. */
export const workflow: Workflow = workflowWith();

/** Shows what a job is doing. */
export function shownOn({ progress }: Pick<Terminal, "progress">): (event: JobProgress) => void {
  const text = progressText();
  return (event) => progress(text(event));
}
