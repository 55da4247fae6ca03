import { describe, expect, test } from "vitest";
import { attention } from "./attention.js";
import { conditioned } from "./conditioned.js";
import { controlFlow } from "./control-flow.js";
import { convolutions } from "./convolutions.js";
import { experts } from "./experts.js";
import { bytesOf, type Exported } from "./kit.js";
import { mixed } from "./mixed.js";
import { oldOpsets } from "./old-opsets.js";
import { proveBytes, shortfall } from "./prove-bytes.js";
import { quantised } from "./quantised.js";
import { sequences } from "./sequences.js";
import { stored } from "./stored.js";
import { zooKinds } from "./zoo-kinds.js";

/** Structures as exporters write them: what is left at ratio 0.5 obeys the law in onnxruntime. */
const suites: Readonly<Record<string, Readonly<Record<string, Exported>>>> = {
  "old opsets": oldOpsets,
  attention,
  convolutions,
  sequences,
  conditioned,
  mixed,
  stored,
  quantised,
  experts,
  "control flow": controlFlow,
  "kinds of the zoo": zooKinds,
};

describe.each(Object.entries(suites))("%s", (_, graphs) => {
  test.each(Object.entries(graphs))("%s", async (__, graph) => {
    const modes = graph.modes ?? ["channels"];
    const { outcomes, parts } = await proveBytes(bytesOf(graph), modes);
    if (graph.parts) expect(Object.fromEntries(parts)).toEqual(graph.parts);
    for (const mode of modes) expect([mode, shortfall(outcomes.get(mode), graph.most)]).toEqual([mode, ""]);
  });
});
