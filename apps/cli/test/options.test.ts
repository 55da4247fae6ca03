import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { groups, type OptionRow, options } from "@prune/workflow/advanced";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { schemaFiles } from "../../../tooling/schema/files.js";
import { flagText } from "../src/options/from-table.js";
import { glyphs, prune } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-options-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const report = async (...args: string[]) => {
  const ran = await prune(glyphs, "-o", at("s.onnx"), "--no-verify", "--json", ...args);
  expect(ran.err).toBe("");
  return JSON.parse(ran.out);
};
const refused = async (code: number, message: RegExp, ...args: string[]): Promise<void> => {
  const ran = await prune(glyphs, "-o", at("no.onnx"), "--no-verify", ...args);
  expect(ran.err).toMatch(message);
  expect(ran.code).toBe(code);
  expect(statSync(at("no.onnx"), { throwIfNoEntry: false })).toBeUndefined();
};

describe("--target", () => {
  it.each(["macs=0.5", "parameters=40%", "bytes=150kB", "gzip=150 kB"])("%s is met", async (target) => {
    const { budget, files } = await report("--target", target);
    expect(budget).toMatchObject({ met: true });
    if (target.startsWith("bytes")) expect(files.after).toBeLessThan(152_000);
  });
  it("is told in words", async () => {
    const { out } = await prune(glyphs, "-o", at("s.onnx"), "-t", "macs=0.5", "--no-verify");
    expect(out).toMatch(/budget of 50\.0 % of the macs: 49\.\d % left/);
  });
  it("of milliseconds is measured, on widths chosen by a latency table that is measured once", async () => {
    const file = at("table.json");
    const { budget } = await report("--target", "latency=70%", "--latency-table", file);
    expect(budget.resource).toBe("latency");
    expect(budget.met || budget.reached <= budget.target).toBe(true);
    expect(budget.predicted).toBeGreaterThan(0);
    const table = JSON.parse(readFileSync(file, "utf8"));
    const ran = await prune(glyphs, "-o", at("s.onnx"), "--json", "-t", "macs=0.7", "--latency-table", file);
    const first = JSON.parse(ran.out);
    expect(table).toMatchObject({ format: "prune-latency/1", threads: 1 });
    expect(table.operators.some(({ op }: { op: string }) => op === "Conv")).toBe(true);
    expect(first.latency).toMatchObject({ threads: 1, table: { error: expect.any(Number) } });
    expect(first.latency.after.runs).toBeGreaterThanOrEqual(10);
    const second = await report("--target", "macs=0.7", "--latency-table", file);
    expect(second.groups).toEqual(first.groups);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(table);
    await refused(
      1,
      /measured for another threads/,
      "-t",
      "macs=0.7",
      "--latency-table",
      file,
      "--threads",
      "2",
    );
    writeFileSync(file, "{}");
    await refused(1, /no latency table that can be read/, "-t", "macs=0.7", "--latency-table", file);
    await refused(2, /--latency-table: it needs a --target/, "--latency-table", file);
    await refused(2, /whole number from 1/, "--threads", "0");
  }, 120_000);
  it("that can't be met is refused with the reason", async () => {
    await refused(
      1,
      /The budget of 0\.9348 \(macs\) can't be met: .* are left when all leaves that may/,
      "-t",
      "macs=1e-7",
    );
    await refused(1, /0 units removed because the model as it is needs/, "-t", "macs=2GMACs");
    await refused(2, /It must be one of macs/, "-t", "beauty=1");
    await refused(2, /option --target macs is what may be left/, "-t", "macs=much");
  });
});

describe("layers", () => {
  it("have ratios of their own, by name", async () => {
    const { groups } = await report(
      "--layer-ratio",
      "conv1=0.25",
      "--layer-ratio",
      "layers.1*=0",
      "-r",
      "0.5",
    );
    const removed = new Map<string, number>(
      groups.map((g: { node: string; ratio: number }) => [g.node, g.ratio]),
    );
    expect(removed.get("conv1") ?? groups[0].ratio).toBe(0.25);
    expect([...removed.values()]).toContain(0);
    expect([...removed.values()]).toContain(0.5);
  });
  it("are ranked together in scopes, or where they are built alike", async () => {
    const local = await report("-r", "0.3");
    for (const args of [["--isomorphic"], ["--scope", "conv1,layers.0*=0.5"]])
      expect((await report("-r", "0.3", ...args)).groups).not.toEqual(local.groups);
  });
  it("lose what they lose in steps", async () => {
    const once = await report("-r", "0.4");
    const steps = await report("-r", "0.4", "--steps", "3", "--schedule", "cubic");
    expect(steps.after).toEqual(once.after);
  });
});

it("--mask keeps the size and sets to zero what would leave", async () => {
  const { files, law, unverified, removed } = await report("--mask");
  expect({ law, unverified }).toEqual({ law: null, unverified: "masked, not cut (--mask)" });
  expect(removed).toBe(112);
  expect(Math.abs(files.after - files.before)).toBeLessThan(2000);
});

describe("options that contradict each other are named", () => {
  it.each<[RegExp, string[]]>([
    [/--target and --ratio contradict/, ["-t", "macs=0.5", "-r", "0.5"]],
    [/--global and --isomorphic contradict/, ["--global", "--isomorphic"]],
    [/--schedule and --steps 1 contradict/, ["--schedule", "cubic"]],
    [/--schedule and --steps contradict/, ["--schedule", "one-shot", "--steps", "2"]],
    [/--layer-ratio conv1 and --ignore contradict/, ["--layer-ratio", "conv1=0.5", "--ignore", "conv1"]],
    [/--layer-ratio conv1 and --max-ratio contradict/, ["--layer-ratio", "conv1=0.5", "--max-ratio", "0.2"]],
  ])("%s", (message, args) => refused(2, message, ...args));
});

describe("--config", () => {
  it("gives options, of which those on the command line come first", async () => {
    writeFileSync(
      at("prune.config.json"),
      JSON.stringify({
        $schema: "x",
        importance: "lamp",
        target: { macs: "50 %" },
        global: true,
        roundTo: 4,
      }),
    );
    const found = await report("--config", at("prune.config.json"));
    expect(found).toMatchObject({ criterion: "lamp", budget: { resource: "macs" } });
    expect(found.groups.every((group: { kept: number }) => group.kept % 4 === 0)).toBe(true);
    const own = await report("-c", at("prune.config.json"), "-r", "0.25", "-i", "l1", "--round-to", "1");
    expect(own).toMatchObject({ criterion: "magnitude-l1" });
    expect(own.budget).toBeUndefined();
  });
  it("may be a module", async () => {
    writeFileSync(at("prune.config.mjs"), "export default { ratio: 0.25, verify: false };");
    expect((await report("-c", at("prune.config.mjs"))).groups[0]).toMatchObject({ total: 16, kept: 12 });
  });
  it.each<[unknown, RegExp]>([
    [[], /it must be an object/],
    [{ ratios: 1 }, /there is no option "ratios"/],
    [{ ratio: 1 }, /ratio must be a number from 0 below 1/],
    [{ importance: "beauty" }, /importance must be one of l1, /],
    [{ target: { macs: 0.5, bytes: 0.5 } }, /target must have exactly one of macs, /],
    [{ target: { macs: true } }, /target.macs must be a number above 0 or a string/],
    [{ scopes: { a: {} } }, /scopes.a needs "layers"/],
    [{ ignore: [1] }, /ignore\[0\] must be a string/],
    [{ steps: 1.5 }, /steps must be a whole number from 1/],
    [{ target: { macs: 0.5 }, ratio: 0.5 }, /--target and --ratio contradict/],
  ])("of %j is refused", async (value, message) => {
    writeFileSync(at("bad.json"), JSON.stringify(value));
    await refused(2, message, "-c", at("bad.json"));
  });
  it.each(Object.keys(schemaFiles()))("%s is what the table of options says", (path) => {
    const text = readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
    const said = schemaFiles()[path] ?? "";
    if (path.endsWith(".json")) expect(JSON.parse(text), "run `pnpm schema`").toEqual(JSON.parse(said));
    else expect(text, "run `pnpm schema`").toBe(said);
  });
});

describe("a configuration that lies here", () => {
  const before = process.cwd();
  const here = mkdtempSync(join(tmpdir(), "prune-here-"));
  afterEach(() => {
    process.chdir(before);
    for (const name of readdirSync(here)) rmSync(join(here, name), { recursive: true });
  });
  const kept = async (...args: string[]) => {
    const ran = await prune(glyphs, "-o", at("here.onnx"), "--json", "--no-verify", ...args);
    return { ...ran, kept: ran.code === 0 ? JSON.parse(ran.out).groups[0].kept : undefined };
  };
  it.each([
    ["prune.config.json", '{ "ratio": 0.25 }'],
    ["prune.config.mjs", "export default { ratio: 0.25 };"],
    [
      "prune.config.ts",
      'import { defineConfig } from "@prune/cli/config";\nconst ratio: number = 0.25;\nexport default defineConfig({ ratio });',
    ],
  ])("as %s is used, and reported", async (name, text) => {
    writeFileSync(join(here, name), text);
    process.chdir(here);
    expect(await kept()).toMatchObject({ kept: 12, err: `prune: options from ${name}\n` });
    expect(await kept("--ratio", "0.5")).toMatchObject({ kept: 8 });
    expect(await kept("--no-config")).toMatchObject({ kept: 8, err: "" });
  });
  it("is refused if another lies beside it, or if it is not valid", async () => {
    writeFileSync(join(here, "prune.config.json"), '{ "rato": 0.25 }');
    process.chdir(here);
    expect(await kept()).toMatchObject({
      code: 2,
      err: expect.stringMatching(/"rato"; did you mean "ratio"/),
    });
    writeFileSync(join(here, "prune.config.mjs"), "export default {};");
    expect(await kept()).toMatchObject({
      code: 2,
      err: expect.stringMatching(/prune\.config\.mjs and prune\.config\.json here/),
    });
  });
});

describe("options", () => {
  it("stand in groups in the help of a command, each once", async () => {
    const { out } = await prune("--help");
    const headings = out.match(/^[A-Z][\w ]+:$/gm) ?? [];
    for (const group of Object.values(groups)) expect(headings).toContain(`${group}:`);
    for (const [key, { line }] of Object.entries<OptionRow>(options).filter(([, row]) =>
      row.commands.includes("prune"),
    )) {
      const flag = flagText(key, line?.off === undefined ? undefined : "false");
      expect(out.match(new RegExp(`^ {2}(-\\w, )?${flag}[ \\n]`, "gm")), flag).toHaveLength(1);
    }
    expect(out).not.toMatch(/\{\w+\}/);
  });
  it.each([
    ["layerRatios", "--layer-ratio"],
    ['layerRatios["conv1"]', "--layer-ratio conv1"],
    ["target.macs", "--target macs"],
    ["steps: 1", "--steps 1"],
    ["headDims", "--head-dims"],
  ])("%s is called %s on the command line", (option, flag) => {
    expect(flagText(option)).toBe(flag);
    expect(flagText("verify", "false")).toBe("--no-verify");
    expect(flagText("recover", "none")).toBe("--recover none");
  });
});
