import type { Target } from "@prune/pruner";

/** Ten graphs of different kinds. */
export const graphs: readonly string[] = [
  "var-resnet18-unfused",
  "tv-mobilenet_v2",
  "tv-densenet121",
  "tv-efficientnet_b0",
  "tv-shufflenet_v2_x1_0",
  "timm-vit_tiny_patch16_224",
  "tv-swin_t",
  "hf-bert",
  "hf-llama",
  "net-yolov8",
];

export const targets: readonly Target[] = [{ macs: "60 %" }, { parameters: "40 %" }, { bytes: "75 %" }];
