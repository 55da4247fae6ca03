import { magnitude } from "@prune/importance-magnitude";
import { type ModelBytes, modelToBytes, noEdit, onnx, readModel } from "@prune/onnx";
import { prune } from "@prune/pruner";

/** What the page is told: progress, and at the end the smaller model, unless there is none. */
export interface Answer {
  readonly text: string;
  readonly ended?: true;
  readonly bytes?: ModelBytes;
}
type Asked = { readonly bytes: ArrayBuffer; readonly ratio: number } | { readonly stop: true };

const aborted = new AbortController();
const answer = (message: Answer): void => postMessage(message);

addEventListener("message", async ({ data }: MessageEvent<Asked>) => {
  if ("stop" in data) return aborted.abort(new Error("stopped"));
  try {
    const model = readModel(new Uint8Array(data.bytes));
    const { model: smaller, report } = await prune(model, {
      backend: onnx(),
      importance: magnitude(),
      ratio: data.ratio,
      signal: aborted.signal,
      onProgress: ({ step, done, total }) => answer({ text: `${step} ${done} of ${total}` }),
    });
    const bytes = modelToBytes(smaller, noEdit);
    answer({
      text: `${report.removed} units removed, ${model.source.length} -> ${bytes.length} bytes`,
      ended: true,
      bytes,
    });
  } catch (error) {
    answer({ text: (error as Error).message, ended: true });
  }
});
