/** Bytes after gzip. */
export async function compressedSize(bytes: Uint8Array): Promise<number> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  // Not every browser can iterate a stream.
  const reader = stream.pipeThrough(new CompressionStream("gzip")).getReader();
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) size += part.value.length;
  return size;
}
