import { randomStream } from "@prune/samples";
import sharp from "sharp";
import type { SampleFile } from "./flow.js";

/** Pictures of random patches, the same each time: samples for models whose own data isn't ours. */
export function pictureSamples(count: number, size = 96): Promise<SampleFile[]> {
  const next = randomStream(0, "pictures");
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const patches = Buffer.from(Array.from({ length: 12 * 12 * 3 }, () => next.integer(256)));
      const buffer = await sharp(patches, { raw: { width: 12, height: 12, channels: 3 } })
        .resize(size, size, { kernel: "cubic" })
        .png()
        .toBuffer();
      return { name: `${i}.png`, mimeType: "image/png", buffer };
    }),
  );
}
