import { stat } from "node:fs/promises";
import { extensionOf, type SampleFiles } from "../entries.js";
import { reasonOf, SamplesError } from "../errors.js";
import { imageShape } from "../images/shape.js";
import { fileBytes } from "./file-bytes.js";
import { imageColumn } from "./images/decode.js";
import { imageFolder } from "./images/folder.js";
import { npzColumns } from "./npz.js";
import { isText } from "./text/corpus.js";
import { textEntries } from "./text/windows.js";

/** Samples on the disk: also folders of images, .npz, and text; raw bytes may be called .txt where their shape is said. */
export const disk: SampleFiles = {
  bytes: fileBytes,
  async entries(path, inputs, config) {
    if (await isFolder(path)) {
      const { files, labels, classes } = await imageFolder(path, config.classes);
      return { columns: [imageColumn(files, imageShape(path, inputs, config), config)], labels, classes };
    }
    if (isText(path) && !config.shape) return textEntries(path, inputs, config);
    return extensionOf(path) === ".npz" ? { columns: await npzColumns(path) } : undefined;
  },
};

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new SamplesError("unreadable", { path, why: reasonOf(error) }, { cause: error });
  }
}
