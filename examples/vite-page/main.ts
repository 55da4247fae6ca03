// A page that prunes a model which never leaves it. npm install vite @prune/onnx @prune/pruner @prune/importance-magnitude
import { magnitude } from "@prune/importance-magnitude";
import { onnx, readModel } from "@prune/onnx";
import { prune } from "@prune/pruner";

const [input, said, link] = ["model", "said", "smaller"].map((id) => document.getElementById(id));
input?.addEventListener("change", async () => {
  const file = (input as HTMLInputElement).files?.[0];
  if (!file || !said || !link) return;
  try {
    const model = readModel(new Uint8Array(await file.arrayBuffer()));
    const { model: smaller, report } = await prune(model, {
      backend: onnx(),
      importance: magnitude(),
      ratio: 0.3,
      onProgress: ({ step, done, total }) => {
        said.textContent = `${step} ${done} of ${total}`;
      },
    });
    said.textContent = `${report.removed} units removed, ${model.source.length} -> ${smaller.source.length} bytes`;
    (link as HTMLAnchorElement).href = URL.createObjectURL(new Blob([smaller.source]));
    link.hidden = false;
  } catch (error) {
    said.textContent = (error as Error).message;
  }
});
