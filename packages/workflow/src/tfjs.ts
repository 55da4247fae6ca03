export { type TfjsFormatOptions, tfjsFormat } from "./tfjs/tfjs-format.js";
