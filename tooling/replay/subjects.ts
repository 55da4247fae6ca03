import { readdirSync } from "node:fs";
import { sharedFile, zooNames } from "../zoo/zoo.js";

/** Graphs with something of every kind in them, small enough to replay while one works. */
const few =
  `net-bilstm net-dlrm net-espcn net-glu net-gru net-lenet net-mha net-mixer net-nhwc net-pointnet net-qknorm
  net-rnn net-se net-shuffle net-siamese net-unet net-yolov8 hf-detr hf-falcon hf-gpt2.trace hf-llama hf-mamba hf-segformer
  timm-coatnet_nano_rw_224 timm-efficientformer_l1 timm-resnest14d timm-sequencer2d_s timm-visformer_tiny tv-mobilenet_v3_small
  tv-shufflenet_v2_x1_0 tv-swin_t.trace tv-resnet18 var-bert-fused var-bert-int8 var-densenet121-unfused var-gpt2-dynamic
  var-llama-dynamic var-mobilenet_v2-fp16 var-resnet18-qdq var-yolov8-dynamic`.split(/\s+/);

/** Models by name; empty without ../shared. */
export function subjects(isQuick: boolean): Map<string, string> {
  const zoo = zooNames().filter((name) => !isQuick || few.includes(name));
  const found = zoo.map((name) => [name, sharedFile(`zoo/${name}.onnx`) as string] as const);
  return new Map([...found, ...models()]);
}

function models(): (readonly [string, string])[] {
  const list = (folder: string, pick: (file: string) => boolean, path: (file: string) => string) => {
    const at = sharedFile(folder);
    return at
      ? readdirSync(at)
          .filter(pick)
          .map((file) => [file.replace(/\.(onnx|json)$/, ""), path(`${at}/${file}`)] as const)
      : [];
  };
  return [
    ...list(
      "models",
      (file) => file.endsWith(".onnx"),
      (path) => path,
    ),
    ...list(
      "models/tfjs-graph",
      (file) => file.endsWith(".json"),
      (path) => path,
    ),
    ...list(
      "models/tfjs-layers",
      (file) => sharedFile(`models/tfjs-layers/${file}/model.json`) !== undefined,
      (path) => `${path}/model.json`,
    ),
  ];
}
