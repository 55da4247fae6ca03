import type { ModelParts } from "../../../../packages/onnx/test/files/build-model.js";
import type { Edits } from "../../mutant.js";
import { integer, names } from "../nasty.js";
import { graphOf, listOf, nodesOf, onStored, tensorsOf } from "./parts.js";

export const graphs: Edits<ModelParts> = {
  opset(model, random) {
    model.opsetImport = random.pick([
      [],
      [{ domain: "", version: random.below(35) }],
      [{ domain: "", version: integer(random) }],
      [{ domain: "com.microsoft", version: 1 }],
      [
        { domain: "", version: 17 },
        { domain: "", version: 9 },
      ],
    ]) as never;
    return JSON.stringify(model.opsetImport);
  },
  ir(model, random) {
    model.irVersion = integer(random);
    return `version ${model.irVersion}`;
  },
  inputMissing(model, random) {
    const list = graphOf(model, random).input ?? [];
    return list.splice(random.below(list.length || 1), 1)[0]?.name ?? "none";
  },
  outputMissing(model, random) {
    const list = graphOf(model, random).output ?? [];
    return list.splice(random.below(list.length || 1), 1)[0]?.name ?? "none";
  },
  outputOf(model, random) {
    const graph = graphOf(model, random);
    const name = random.pick([...tensorsOf(graph), "nothing"]);
    listOf(graph, "output").push({
      name,
      type: { tensorType: { elemType: 1, shape: random.once(2) ? null : { dim: [{ dimValue: 3 }] } } },
    });
    return name;
  },
  inputOf(model, random) {
    const graph = graphOf(model, random);
    const name = random.pick([...tensorsOf(graph), ...names]);
    listOf(graph, "input").push({
      name,
      type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 3 }] } } },
    });
    return name;
  },
  twice(model, random) {
    const graph = graphOf(model, random);
    const list = random.pick([listOf(graph, "input"), listOf(graph, "output"), listOf(graph, "valueInfo")]);
    const one = list[0];
    if (one) list.push({ ...one });
    return one?.name ?? "none";
  },
  noGraph(model, random) {
    if (random.once(3)) model.graph = null as never;
    else if (model.graph) model.graph.node = [];
    return "an empty graph";
  },
  functions(model, random) {
    const { opType = "Relu", domain = "" } = random.pick(nodesOf(graphOf(model, random))) ?? {};
    listOf(model, "functions").push({
      name: opType,
      domain: random.pick([domain, "local"]) as string,
      input: ["a"],
      output: ["b"],
      node: [{ opType: random.pick([opType as string, "Relu"]), domain, input: ["a"], output: ["b"] }],
      opsetImport: [{ domain: "", version: 17 }],
    } as never);
    return `a function called ${opType}`;
  },
  external: onStored((tensor, _, random) => {
    tensor.dataLocation = 1;
    const entries = tensor.externalData?.length
      ? tensor.externalData
      : [{ key: "location", value: "weights.bin" }];
    tensor.externalData = entries.map(({ key, value }) => ({ key: key ?? "", value: value ?? "" }));
    const key = random.pick(["location", "offset", "length", "checksum"]);
    const value =
      key === "location"
        ? random.pick([...names, ".", "weights.bin", "model.onnx"])
        : String(random.pick([-1, 1, 1e12, "x", integer(random)]));
    tensor.externalData.push({ key, value });
    if (random.once(2)) tensor.rawData = new Uint8Array();
    return `${key} ${JSON.stringify(value.slice(0, 20))}`;
  }),
};
