import type { NamedFile } from "./protocol.js";

const isHidden = ({ path }: NamedFile): boolean => path.split("/").at(-1)?.startsWith(".") ?? false;

export const isPicture = (file: NamedFile): boolean =>
  /\.(jpe?g|png|webp|gif|avif|bmp)$/i.test(file.path) && !isHidden(file);

/** What browsers decode, as far as their own decoders go. */
export const isSound = (file: NamedFile): boolean =>
  /\.(wav|mp3|ogg|oga|opus|flac|m4a|aac|weba)$/i.test(file.path) && !isHidden(file);

export const byPath = (files: readonly NamedFile[]): NamedFile[] =>
  [...files].sort((a, b) => (a.path < b.path ? -1 : 1));

/** Labels of files whose folders are classes, by the names of the folders or by a configuration's order of them. */
export function folderLabels(
  files: readonly NamedFile[],
  known?: readonly string[],
): { readonly labels: Int32Array | undefined; readonly classes: readonly string[] | undefined } {
  const folders = files.map(({ path }) => path.split("/").at(-2));
  const names = [...new Set(folders)];
  const classes =
    names.length > 1 && names.every((name) => name !== undefined) ? (names as string[]) : undefined;
  const numeric = classes?.every((name) => /^\d+$/.test(name)) ?? false;
  const order = known ?? classes;
  return {
    labels:
      classes &&
      Int32Array.from(folders, (name) => (numeric ? Number(name) : (order?.indexOf(name as string) ?? -1))),
    classes: numeric ? undefined : classes,
  };
}
