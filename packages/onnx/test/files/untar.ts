/** The regular files of a tar archive, by path. */
export function untar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const text = (from: number, length: number): string =>
    new TextDecoder().decode(archive.subarray(from, from + length)).replace(/\0.*$/s, "");
  let longName: string | undefined;
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = text(at + 156, 1);
    const prefix = text(at + 257, 6) === "ustar" ? text(at + 345, 155) : "";
    const name = longName ?? (prefix ? `${prefix}/` : "") + text(at, 100);
    if (type === "0" || type === "") files.set(name, archive.slice(at + 512, at + 512 + size));
    longName = type === "L" ? text(at + 512, size) : undefined;
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
