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

/** Trained models, small enough to recover while one works, with layers of every kind that is refitted. */
export function recoverable(): Map<string, string> {
  const models =
    `glyphs.onnx cifar-resnet20.onnx cifar-vit.onnx onnx/marabou/mnist5x20_leaky_relu.onnx onnx/marabou/yizhak_net.onnx
    onnx/marabou/self-attention-mnist-pgd-medium-sim.onnx onnx/paddleocr/ch_ppocr_mobile_v2.0_cls_infer.onnx
    tfjs-graph/emotion-mini.json tfjs-graph/selfie.json tfjs-graph/age-ssrnet-wiki.json
    tfjs-layers/doodlenet/model.json tfjs-layers/cvae/models/model.json`.split(/\s+/);
  return new Map(
    models.flatMap((name) => {
      const path = sharedFile(`models/${name}`);
      return path ? [[`recovered ${name}`, path] as const] : [];
    }),
  );
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
