import { type LayoutRequest, layOutAsked } from "@prune/report/view";
import type { LayoutAnswer } from "./lay-out.js";

const post = (answer: LayoutAnswer): void => globalThis.postMessage(answer);

globalThis.addEventListener("message", ({ data }: MessageEvent<LayoutRequest>) => {
  try {
    post({ layout: layOutAsked(data) });
  } catch (error) {
    post({ failed: String(error) });
  }
});
