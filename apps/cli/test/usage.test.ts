import { describe, expect, it } from "vitest";
import { glyphs, prune } from "./command.js";

describe("help", () => {
  it("lists the commands and shows examples", async () => {
    const { code, out, err } = await prune("--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const word of ["inspect", "groups", "verify", "bench", "eval", "--ratio", "--recipe", "Examples:"])
      expect(out).toContain(word);
  });
  it.each(["inspect", "groups", "verify", "bench", "eval", "train"])(
    "of %s shows an example",
    async (command) => {
      const { code, out } = await prune(command, "--help");
      expect(code).toBe(0);
      expect(out).toMatch(/Examples?:\n +prune /);
      expect(out).toContain("--json");
    },
  );
  it("tells the version", async () => {
    expect((await prune("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("wrong usage exits 2 and says what is wrong", () => {
  it.each<[string[], RegExp]>([
    [[], /Which model\?/],
    [[glyphs], /-o OUT/],
    [[glyphs, "-o", "out.onnx", "--ratio", "1"], /from 0 up to but not including 1/],
    [[glyphs, "-o", "out.onnx", "--ratio", "x"], /--ratio/],
    [[glyphs, "-o", "out.onnx", "--importance", "beauty"], /l1, l2.*random/],
    [[glyphs, "-o", "out.onnx", "--frobnicate"], /unknown option '--frobnicate'/],
    [["groups", glyphs, "--root", "conv1.weight"], /TENSOR:DIM/],
    [["groups", glyphs, "--indices", "1"], /--root/],
    [["groups", glyphs, "--root", "conv1.weight:0", "--indices", "a"], /2,6,9/],
    [["inspect"], /missing required argument 'model'/],
    [["verify", glyphs, glyphs], /--recipe/],
    [["eval", glyphs], /--data: which samples/],
    [["train", glyphs, "-o", "out.onnx", "--steps", "1"], /--data: which samples/],
    [["train", glyphs, "-o", "out.onnx", "--data", "x", "--labels", "y"], /when should it stop/],
    [["train", glyphs, "-o", "out.onnx", "--time", "soon"], /90s, 10m or 2h/],
    [["train", glyphs, "-o", "out.onnx", "--augment", "turn"], /flip, crop, cutout, mixup/],
    [["bench", glyphs, glyphs, "--seconds", "0"], /above 0/],
    [["bench", glyphs, glyphs, "--seconds", "1e9"], /up to 604800/],
    [["bench", glyphs, glyphs, "--threads", "1.5"], /whole number from 1 to 1024/],
    [[glyphs, "-o", "out.onnx", "--steps", "100000"], /whole number from 1 to 1000/],
    [[glyphs, "-o", "out.onnx", "--round-to", "1e9"], /1 to 65536/],
    [[glyphs, "-o", "out.onnx", "--verify-time", "Infinity"], /up to 604800/],
    [[glyphs, "-o", "out.onnx", "--data", "x", "--samples", "1e12"], /1 to 1000000/],
    [["eval", glyphs, "--data", "x", "--batch", "1e9"], /1 to 65536/],
    [["groups", glyphs, "--root", "conv1.weight:0", "--indices", "0-99999999999"], /1000000 are the most/],
    [["train", glyphs, "-o", "out.onnx", "--weight-decay", "x"], /from 0/],
    [["train", glyphs, "-o", "out.onnx", "--time", "100000h"], /30 days at most/],
  ])("%j", async (args, message) => {
    const { code, out, err } = await prune(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
  });
});

describe("mistakes are met half way", () => {
  it("a mistyped command is told the right one", async () => {
    const { code, err } = await prune("inspekt", glyphs);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("Did you mean `prune inspect`?") });
  });
  it("what is neither a command nor a file is said to be none, in plain words", async () => {
    const word = await prune("frobnicate");
    expect(word).toMatchObject({
      code: 2,
      err: 'prune: There is no command or file "frobnicate". `prune --help` shows what there is.\n',
    });
    const path = await prune("inspect", "nowhere.onnx");
    expect(path.code).toBe(1);
    expect(path.err).toMatch(/^prune: Can't read nowhere\.onnx: no such file or directory\. /);
  });
  it("--json gives JSON for wrong usage too", async () => {
    for (const args of [["--frobnicate"], [glyphs, "--ratio", "x"], ["inspekt"], []]) {
      const { code, out } = await prune(...args, "--json");
      expect(code).toBe(2);
      expect(JSON.parse(out).error.message).not.toBe("");
    }
  });
  it("help takes a command's name", async () => {
    const { code, out } = await prune("help", "groups");
    expect(code).toBe(0);
    expect(out).toContain("--root <tensor:dim>");
  });
  it("shares may be percentages", async () => {
    const removed = async (ratio: string): Promise<number> => {
      const args = ["-o", "/dev/null", "--no-verify", "--json", "--layer-ratio", "conv1=25%"];
      return JSON.parse((await prune(glyphs, ...args, "--ratio", ratio)).out).removed;
    };
    expect(await removed("50%")).toBe(await removed("0.5"));
    expect((await prune(glyphs, "-o", "x.onnx", "--ratio", "100%")).code).toBe(2);
  }, 60_000);
  it("patterns that fit nothing, and heads that are not there, are wrong usage", async () => {
    const refused = async (...args: string[]) => {
      const { code, out } = await prune(glyphs, "-o", "x.onnx", "--json", ...args);
      return { code, ...JSON.parse(out).error };
    };
    expect(await refused("--ignore", "conv11")).toMatchObject({ code: "no-match" });
    expect((await refused("--layer-ratio", "fcc=0.5")).message).toMatch(/Did you mean .*"fc"/);
    expect((await refused("--heads", "0.5")).message).toMatch(/this one has none/);
  }, 60_000);
});
