import type { ModelInput, SampleConfig } from "@prune/samples";
import { type Entries, type ImageShape, imageShape } from "@prune/samples/advanced";
import type { NamedFile } from "./protocol.js";
import { byPath, folderLabels } from "./sample-files.js";

/** Pictures as samples: decoded by the browser, upright, at the model's size. Folders of them are classes. */
export function pictureEntries(
  files: readonly NamedFile[],
  inputs: readonly ModelInput[],
  config: SampleConfig,
): Entries {
  const shape = imageShape("pictures", inputs, config);
  const sorted = byPath(files);
  const { labels, classes } = folderLabels(sorted, config.classes);
  const area = shape[1] * shape[2];
  return {
    columns: [
      {
        name: undefined,
        count: sorted.length,
        shape,
        isBytes: true,
        async read(places) {
          const out = new Uint8Array(places.length * shape[0] * area);
          for (let i = 0; i < places.length; i++)
            await decode(
              sorted[places[i] as number] as NamedFile,
              shape,
              config,
              out.subarray(i * shape[0] * area),
            );
          return out;
        },
      },
    ],
    labels,
    classes,
  };
}

async function decode(
  { path, file }: NamedFile,
  [channels, height, width]: ImageShape,
  { colour = "rgb", resize = "stretch" }: SampleConfig,
  out: Uint8Array,
): Promise<void> {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch((error: unknown) => {
    throw new Error(
      `The picture ${path} can't be decoded: ${(error as Error).message}. Mend it or take it out.`,
    );
  });
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingQuality = "high";
  // What is transparent lies on black, as for the command.
  context.fillStyle = "#000";
  context.fillRect(0, 0, width, height);
  const cover = Math.max(width / bitmap.width, height / bitmap.height);
  const [w, h] = resize === "crop" ? [bitmap.width * cover, bitmap.height * cover] : [width, height];
  context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const area = width * height;
  for (let p = 0; p < area; p++) {
    const [r = 0, g = 0, b = 0] = data.subarray(4 * p, 4 * p + 3);
    if (channels === 1) out[p] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    else {
      out[p] = colour === "bgr" ? b : r;
      out[area + p] = g;
      out[2 * area + p] = colour === "bgr" ? r : b;
    }
  }
}
