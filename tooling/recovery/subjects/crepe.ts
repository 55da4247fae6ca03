import { halveCrepe } from "../../../packages/tfjs/examples/halve-crepe.js";
import type { Halved } from "../half.js";
import { models } from "../images.js";

/** CREPE, refitted by TensorFlow.js. */
export const crepe = async (): Promise<Halved> => ({
  name: "tfjs-layers/crepe",
  unit: "%",
  data: "other tones with the pitch right within half a semitone; units by Taylor scores of 128 tones with their pitch, refitted on 1,024 tones without",
  result: "recovered",
  ...(await halveCrepe(`${models}/tfjs-layers/crepe`)),
});
