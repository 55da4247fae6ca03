import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf, SamplesError } from "../../errors.js";

/** The images of a folder, and which class each is of where they lie in one folder per class. */
export interface ImageFolder {
  readonly files: readonly string[];
  readonly labels: Int32Array | undefined;
  readonly classes: readonly string[] | undefined;
}

const isImage = (name: string): boolean =>
  !name.startsWith(".") && /\.(jpe?g|png|webp|gif|avif|tiff?)$/i.test(name);

/**
 * Classes are the folders by name, or in the order given. Where all their names are whole numbers, these are the labels.
 */
export async function imageFolder(path: string, given?: readonly string[]): Promise<ImageFolder> {
  const entries = await listed(path);
  const own = entries.filter((entry) => entry.isFile() && isImage(entry.name)).map(({ name }) => name);
  const folders = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
  if (own.length > 0)
    return { files: own.sort().map((name) => join(path, name)), labels: undefined, classes: undefined };
  const files: string[] = [];
  const labels: number[] = [];
  const found: { readonly name: string; readonly images: readonly string[] }[] = [];
  for (const name of folders) {
    const images = (await listed(join(path, name))).filter((entry) => entry.isFile() && isImage(entry.name));
    if (images.length > 0) found.push({ name, images: images.map((image) => image.name).sort() });
  }
  if (found.length === 0) throw new SamplesError("no-images", { path });
  const names = found.map(({ name }) => name);
  const numeric = !given && names.every((name) => /^\d+$/.test(name));
  const classes = given ?? names;
  for (const { name, images } of found) {
    const label = numeric ? Number(name) : classes.indexOf(name);
    if (label < 0)
      throw new SamplesError("config-invalid", {
        field: "classes",
        reason: `it lacks "${name}", a folder of ${path}`,
      });
    // One by one: a call can't have as many arguments as some folders have images.
    for (const image of images) {
      files.push(join(path, name, image));
      labels.push(label);
    }
  }
  return { files, labels: Int32Array.from(labels), classes: numeric ? undefined : classes };
}

async function listed(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    throw new SamplesError("unreadable", { path, why: reasonOf(error) }, { cause: error });
  }
}
