/** A model's file that is read by ranges, at once: on a disk, or a Blob in a browser's worker. */
export interface ModelFile {
  /** In bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset` on. */
  read(offset: number, length: number): Uint8Array;
}
