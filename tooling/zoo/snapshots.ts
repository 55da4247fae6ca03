/** Where the structure of a zoo graph is kept. */
export const snapshotFile = (name: string): URL => new URL(`snapshots/${name}.txt`, import.meta.url);
