import { testBackend } from "@prune/testing/vitest";
import { beforeAll, describe } from "vitest";
import { useBackend } from "../../tfjs/test/use-backend.js";
import { graphSubject, layersSubject } from "./subjects.js";

describe.each(["cpu", "wasm"] as const)("TensorFlow.js on %s", (runtime) => {
  beforeAll(() => useBackend(runtime));
  testBackend("GraphModels", graphSubject);
  testBackend("LayersModels", layersSubject);
});
