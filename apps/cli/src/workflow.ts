import type { Rules } from "@prune/onnx";
import { createWorkflow, type Progress, type Workflow } from "@prune/workflow";
import { folderStore, nodeFormats } from "@prune/workflow/node";
import { progressText } from "./terminal/progress-text.js";
import type { Terminal } from "./terminal/terminal.js";

/** Models of all formats, on the disk and in pipes; ONNX operators by rules of one's own, if there are some. */
export const workflowWith = (rules?: Rules): Workflow =>
  createWorkflow({ formats: nodeFormats({ rules }), store: folderStore({ streams: true }) });

/** What commands call. */
export const workflow: Workflow = workflowWith();

/** Shows what a job is doing. */
export function shownOn({ progress }: Pick<Terminal, "progress">): (event: Progress) => void {
  const text = progressText();
  return (event) => progress(text(event));
}
