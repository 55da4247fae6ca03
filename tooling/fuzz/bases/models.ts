import { structures } from "@prune/testing";
import type { StructureName } from "@prune/testing/advanced";
import { onnxNet } from "../../../packages/testing/test/onnx-net.js";
import { graphNet } from "../../../packages/testing/test/tfjs-graph-net.js";
import { layersNet } from "../../../packages/testing/test/tfjs-layers-net.js";

/** Models that are made in code, by name: the structures that every backend is held to. */
export const onnxModels = (): Map<string, Uint8Array> =>
  built((build) => {
    const net = onnxNet();
    return net.model(build(net)).source;
  });

export const graphModels = (): Map<string, ReturnType<ReturnType<typeof graphNet>["model"]>> =>
  built((build) => {
    const net = graphNet();
    return net.model(build(net));
  });

export const layersModels = (): Map<string, ReturnType<ReturnType<typeof layersNet>["model"]>> =>
  built((build) => {
    const net = layersNet();
    return net.model(build(net));
  });

type Build = (typeof structures)[StructureName]["build"];

/** Structures that a format can build. */
function built<T>(make: (build: Build) => T): Map<string, T> {
  const made = new Map<string, T>();
  for (const [name, { build }] of Object.entries(structures))
    try {
      made.set(name, make(build));
    } catch {
      // Some formats have no operator for it.
    }
  return made;
}
