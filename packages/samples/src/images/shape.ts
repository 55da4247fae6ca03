import type { SampleConfig } from "../config.js";
import { SamplesError } from "../errors.js";
import { inputText, type ModelInput, numbersIn } from "../inputs.js";

/** Images as a model takes them: channels, height, width. */
export type ImageShape = readonly [channels: number, height: number, width: number];

/** Channels that decoded images can have. */
const isChannels = (size: number | undefined): boolean => size === 1 || size === 3;

/** The size that images are brought to: the configuration's, or what the model's one input takes. */
export function imageShape(path: string, inputs: readonly ModelInput[], config: SampleConfig): ImageShape {
  const { shape, layout } = config;
  if (shape) {
    if (shape.length === 3 && isChannels(shape[0])) return shape as unknown as ImageShape;
    throw new SamplesError("config-invalid", {
      field: "shape",
      reason: "images have 1 or 3 channels, a height and a width",
    });
  }
  const [input] = inputs;
  if (!input || inputs.length !== 1)
    throw new SamplesError("bad-file", {
      path,
      why: `images feed one input, and the model has ${inputs.map(({ name }) => name).join(", ")}`,
    });
  const declared = numbersIn(input.shape ?? []);
  const [a, b, c] = declared.length === 4 ? declared.slice(1) : declared;
  const isFirst = layout ? layout === "channels-first" : isChannels(a);
  const [channels, height, width] = isFirst ? [a, b, c] : [c, a, b];
  if (!isChannels(channels) || height === undefined || width === undefined)
    throw new SamplesError("image-size", { input: input.name, model: inputText(input) });
  return [channels as number, height, width];
}
