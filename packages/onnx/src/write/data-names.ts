/** One file for each tensor is a way of exporting, not one of naming. */
const mostFiles = 16;

/**
 * How the weights files of an output are called, by the locations of the input's: `model.onnx_data` becomes
 * `smaller.onnx_data`, and all names stay where the output is called as the input, in another folder. What follows no
 * such convention goes to one `<output>.data`.
 */
export function dataNames(
  output: string,
  { input, locations }: { readonly input: string | undefined; readonly locations: ReadonlySet<string> },
): (location: string) => string {
  const name = baseOf(output);
  const plain = `${name}.data`;
  if (input === undefined || locations.size > mostFiles) return () => plain;
  const isTwin = baseOf(input) === name;
  const names = new Map<string, string>();
  for (const location of locations)
    names.set(location, renamedAs(location, baseOf(input), name) ?? (isTwin ? location : plain));
  return (location) => names.get(location) ?? plain;
}

/** A location with the model's name at its beginning, with another's in its place. */
function renamedAs(location: string, from: string, to: string): string | undefined {
  const file = baseOf(location);
  const [stem, newStem] = [from, to].map((name) => name.replace(/(.)\.[^.]*$/, "$1")) as [string, string];
  const renamed = file.startsWith(from)
    ? to + file.slice(from.length)
    : file.startsWith(stem) && /^[._-]/.test(file.slice(stem.length))
      ? newStem + file.slice(stem.length)
      : undefined;
  if (renamed === undefined || renamed === to) return undefined;
  return location.slice(0, location.length - file.length) + renamed;
}

/** A path's last part. */
export const baseOf = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
