import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { snapshotFile } from "../../../tooling/zoo/snapshots.js";
import { structureOf } from "../../../tooling/zoo/structure.js";
import { sharedFile, zooNames } from "../../../tooling/zoo/zoo.js";

const names = zooNames();

/** After a change that means to change them: `pnpm zoo:snapshot`. */
describe.skipIf(names.length === 0)("units, families and groups of the zoo", () => {
  test.each(names)("%s", { timeout: 60_000 }, (name) => {
    expect(structureOf(sharedFile(`zoo/${name}.onnx`) as string)).toBe(
      readFileSync(snapshotFile(name), "utf8"),
    );
  });
});
