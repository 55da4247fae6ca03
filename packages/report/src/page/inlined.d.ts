/** A TypeScript file as one script for a page, bundled when this package is built. */
declare module "*?script" {
  const script: string;
  // biome-ignore lint/style/noDefaultExport: what a bundler gives
  export default script;
}

/** A file's text. */
declare module "*?text" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: what a bundler gives
  export default text;
}
