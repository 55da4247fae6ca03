export { disk } from "./node/disk.js";
export { openSamples } from "./node/open-samples.js";
export { tokenizerConfig, tokenizerPlaces } from "./node/text/tokenizer.js";
