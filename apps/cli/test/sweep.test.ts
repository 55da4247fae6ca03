import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { glyphs, prune } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-cli-sweep-"));
afterAll(() => rmSync(folder, { recursive: true }));
const plan = join(folder, "plan.json");
const write = (json: unknown): void => writeFileSync(plan, JSON.stringify(json));

describe("prune sweep", () => {
  it("tries a plan, and runs nothing again", async () => {
    write({ models: [glyphs], grid: { ratio: [0.2, 0.4] }, options: { verify: false } });
    const first = await prune("sweep", plan, "--threads", "1");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toMatch(/ratio=0.4 .*\n(.*\n)*2 candidates \(2 run now, 0 known from before\)/);
    const again = await prune("sweep", plan, "--threads", "1", "--json");
    expect(JSON.parse(again.out)).toEqual(
      JSON.parse(readFileSync(join(folder, "plan-sweep/results.json"), "utf8")),
    );
    expect((await prune("sweep", plan, "--threads", "1")).out).toContain("0 run now, 2 known");
    // Threads of sources have to compile them first.
  }, 120_000);

  it("refuses a plan that can't be used, as wrong usage", async () => {
    write({ models: [glyphs], grid: { ratoi: [0.2] } });
    expect(await prune("sweep", plan)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no option "ratoi"'),
    });
    expect(await prune("sweep", plan, "--json")).toMatchObject({
      out: expect.stringContaining('"code": "bad-plan"'),
    });
  });

  it("says where a queue is, and shows no password", async () => {
    write({ models: [glyphs], grid: { ratio: [0.2] } });
    expect(await prune("sweep", plan, "--store", "here")).toMatchObject({ code: 2 });
    expect(await prune("sweep", plan, "--queue", "redis://localhost", "--threads", "2")).toMatchObject({
      code: 2,
    });
    const secret = await prune("work", "--queue", "redis://:secret@localhost:1");
    expect(secret).toMatchObject({ code: 1, err: expect.stringContaining("redis://:***@localhost:1") });
    expect(secret.err + secret.out).not.toContain("secret");
    expect(await prune("work")).toMatchObject({ code: 2, err: expect.stringContaining("--queue") });
  });
});
