/** One weight of a recipe: drawn uniformly with this mean and deviation, cut to this range. */
export interface Weight {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/** Variance gains at which a graph stays well conditioned; `gain` serves the others. */
const gains: Readonly<Record<string, number>> = {
  "timm-focalnet_tiny_srf": 1,
  "timm-ghostnet_100": 1.4,
  "timm-tf_efficientnetv2_b0": 1.4,
  "timm-tinynet_e": 1.4,
  "timm-visformer_tiny": 0.25,
  "tv-efficientnet_b0": 1.4,
  "tv-mobilenet_v2": 1,
  "tv-mobilenet_v2.trace": 1,
  "tv-regnet_y_400mf": 1.4,
  "tv-retinanet_resnet50_fpn.trace": 1,
  "tv-ssdlite320_mobilenet_v3_large.trace": 1.4,
  "var-mobilenet_v2-fp16": 1,
  "var-mobilenet_v2-unfused": 1,
};

const gain = 2;

/**
 * Widens weights so far that signals reach the outputs. At an exporter's own initialisation many outputs are the last
 * bias to seven digits, whatever the input, and comparing them proves nothing.
 */
export function lively<W extends Weight>(name: string, weights: readonly W[]): W[] {
  return weights.map((weight) => {
    const { shape, dtype, std } = weight;
    if (shape.length < 2 || std === 0 || !dtype.startsWith("float")) return weight;
    const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
    const wide = Math.sqrt((gains[name] ?? gain) / fanIn);
    return std < wide ? { ...weight, mean: 0, std: wide, min: -4 * wide, max: 4 * wide } : weight;
  });
}
