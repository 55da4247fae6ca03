/** The folder of this package: `src` and what is built lie in it. */
export const packageFolder: URL = new URL("../", import.meta.url);
