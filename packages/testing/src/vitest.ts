import { describe, expect, it } from "vitest";
import { findingsOf, type Subject } from "./findings.js";
import { type StructureName, structures } from "./structures.js";

/** The first test of a backend: on every structure it keeps the contract, and the law `cut = mask`. */
export function testBackend<Model, Value>(name: string, subject: Subject<Model, Value>): void {
  describe(name, () => {
    for (const structure of Object.keys(structures) as StructureName[]) {
      const why = subject.skip?.[structure];
      const units = subject.units?.[structure] ?? structures[structure].units;
      const told = { ...structures[structure], units };
      if (why !== undefined) it.skip(`${structure} (${why})`);
      else it(structure, async () => expect(await findingsOf(subject, told)).toEqual([]));
    }
  });
}
