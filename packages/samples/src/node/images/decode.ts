import type { Column } from "../../columns.js";
import type { SampleConfig } from "../../config.js";
import { reasonOf, SamplesError } from "../../errors.js";
import type { ImageShape } from "../../images/shape.js";

/** Decodes the images that are asked for, upright, in 8 bits, at the given size: channels first. */
export function imageColumn(
  files: readonly string[],
  shape: ImageShape,
  { colour = "rgb", resize = "stretch" }: SampleConfig,
): Column {
  const [channels, height, width] = shape;
  const area = height * width;
  return {
    name: undefined,
    count: files.length,
    shape,
    isBytes: true,
    async read(places) {
      const sharp = await decoder();
      const out = new Uint8Array(places.length * channels * area);
      for (let i = 0; i < places.length; i++) {
        const path = files[places[i] as number] as string;
        const pixels = await decoded(sharp, path, channels)
          .resize(width, height, { fit: resize === "crop" ? "cover" : "fill" })
          .raw({ depth: "uchar" })
          .toBuffer()
          .catch((error: unknown) => {
            throw new SamplesError("bad-image", { path, why: firstLine(error) }, { cause: error });
          });
        for (let c = 0; c < channels; c++) {
          const from = colour === "bgr" ? channels - 1 - c : c;
          const start = (i * channels + c) * area;
          for (let p = 0; p < area; p++) out[start + p] = pixels[p * channels + from] as number;
        }
      }
      return out;
    },
  };
}

type Sharp = typeof import("sharp").default;

/** Turned as its camera says, without transparency (on black), in colour or grey. */
const decoded = (sharp: Sharp, path: string, channels: number): import("sharp").Sharp =>
  turned(sharp(path))
    .flatten()
    .toColourspace(channels === 1 ? "b-w" : "srgb");

/** sharp 0.33 has no name for it. */
const turned = (image: import("sharp").Sharp): import("sharp").Sharp =>
  typeof image.autoOrient === "function" ? image.autoOrient() : image.rotate();

/** Loaded only once there are images to decode: everything else works without it. */
async function decoder(): Promise<Sharp> {
  try {
    return (await import("sharp")).default;
  } catch (error) {
    throw new SamplesError("no-decoder", { why: firstLine(error) }, { cause: error });
  }
}

const firstLine = (error: unknown): string => reasonOf(error).split("\n")[0] ?? "";
