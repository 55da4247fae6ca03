/** A configuration with its options checked and completed by the editor; the same object. */
export const defineConfig = (config) => config;
