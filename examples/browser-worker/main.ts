// A page that prunes in a worker, so that it goes on answering. npm install vite @prune/onnx @prune/pruner @prune/importance-magnitude
import type { Answer } from "./worker.js";

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const [input, stop, said, link] = [
  element<HTMLInputElement>("model"),
  element<HTMLButtonElement>("stop"),
  element("said"),
  element<HTMLAnchorElement>("smaller"),
];
input.addEventListener("change", async () => {
  const bytes = await input.files?.[0]?.arrayBuffer();
  if (!bytes) return;
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  stop.disabled = false;
  stop.onclick = () => worker.postMessage({ stop: true });
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    said.textContent = data.text;
    if (!data.ended) return;
    stop.disabled = true;
    worker.terminate();
    if (!data.bytes) return;
    link.href = URL.createObjectURL(new Blob([data.bytes]));
    link.hidden = false;
  };
  worker.postMessage({ bytes, ratio: 0.3 }, [bytes]);
});
