import { readdirSync } from "node:fs";
import { createSession } from "@prune/runtime-ort";
import { models } from "../images.js";
import type { LeftOut } from "../page.js";

const onnx = `${models}/onnx`;

/** Models with stored weights that onnxruntime can't open, with what it says. */
export async function refusedByRuntime(): Promise<LeftOut[]> {
  const files = readdirSync(onnx, { recursive: true, encoding: "utf8" });
  const trained = files.filter((file) => file.endsWith(".onnx") && !/noweights|randw/.test(file)).sort();
  const refused: LeftOut[] = [];
  for (const file of trained)
    try {
      await (await createSession(`${onnx}/${file}`)).release();
    } catch (error) {
      refused.push({ name: file.replace(".onnx", ""), why: oneLine((error as Error).message) });
    }
  return refused;
}

/** What onnxruntime says, without the path. */
const oneLine = (message: string): string =>
  message
    .replace(/\s+/g, " ")
    .replace(/^.* failed: ?/, "")
    .replace(/^Fatal error: /, "onnxruntime lacks ")
    .slice(0, 100);

/** Models that run, but that nothing here can be measured on. */
export const noData: readonly LeftOut[] = [
  { name: "light/*", why: "every weight is the same constant" },
  { name: "derived/*_noweights, derived/torchscript_model_randw", why: "their weights are none or random" },
  { name: "derived/supres_core_op11", why: "the same weights as super-resolution x3 above" },
  {
    name: "silero-vad/silero_vad_16k_op15",
    why: "the same function as the flat export above",
  },
  {
    name: "paddleocr/ch_PP-OCRv2_det_infer, ort-examples/ultraface-version-RFB-320",
    why: "detectors without labelled data here",
  },
  { name: "marabou: traffic signs, taxi, controllers and the small test graphs", why: "no data here" },
];
