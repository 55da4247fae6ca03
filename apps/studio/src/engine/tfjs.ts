import type { Format } from "@prune/workflow";

/** TensorFlow.js models in a browser. */
export function tfjsInBrowser(): Format {
  throw new Error(
    "TensorFlow.js models can't be opened here yet: use the command, `prune MODEL_FOLDER -o OUT`.",
  );
}
