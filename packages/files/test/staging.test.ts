import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { publishAll, stageContents, stageFile } from "@prune/files";
import { existingInside, nameByGeneration, placeInside } from "@prune/files/advanced";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "files-stage-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const refused = (code: string): unknown => expect.objectContaining({ name: "FilesError", code });

describe("a staged file", () => {
  it("is there once it is published, and not before", async () => {
    writeFileSync(at("a"), "old");
    const staged = await stageContents(at("a"), "new");
    expect(readFileSync(at("a"), "utf8")).toBe("old");
    await staged.publish();
    expect(readFileSync(at("a"), "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("is refused if the disk refused a part of it on the way, and leaves nothing", async () => {
    const staged = stageFile(
      at("a"),
      (file) =>
        new Promise<void>((written) => {
          // A later flush need not say again what an earlier one did.
          file.datasync = () => {
            written();
            return Promise.reject(Object.assign(new Error("EIO: i/o error"), { code: "EIO" }));
          };
        }),
    );
    await expect(staged).rejects.toThrow(/EIO/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("leaves nothing when it is discarded", async () => {
    const staged = await stageContents(at("a"), "new");
    expect(readdirSync(folder).length).toBe(1);
    await staged.discard();
    expect(readdirSync(folder)).toEqual([]);
    expect(process.listenerCount("SIGTERM")).toBe(0);
  });

  it("replaces what a link leads to, and keeps the link", async () => {
    mkdirSync(at("real"));
    writeFileSync(at("real/a"), "old");
    symlinkSync("real/a", at("link"));
    await (await stageContents(at("link"), "new")).publish();
    expect(readFileSync(at("real/a"), "utf8")).toBe("new");
    expect(readdirSync(folder).sort()).toEqual(["link", "real"]);
  });

  it.skipIf(process.platform === "win32")("replaces no pipe, no device and no dead link", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    symlinkSync("nowhere", at("dead"));
    symlinkSync("/dev/null", at("null"));
    await expect(stageContents(at("pipe"), "x")).rejects.toThrow(refused("not-regular"));
    await expect(stageContents(at("null"), "x")).rejects.toThrow(refused("not-regular"));
    await expect(stageContents(at("dead"), "x")).rejects.toThrow(refused("dead-link"));
    await expect(stageContents(folder, "x")).rejects.toThrow(refused("not-a-file"));
    expect(readdirSync(folder).sort()).toEqual(["dead", "null", "pipe"]);
  });

  it("that can't be published discards those after it, and says which were", async () => {
    const all = [
      await stageContents(at("a"), "1"),
      await stageContents(at("b"), "2"),
      await stageContents(at("c"), "3"),
    ];
    mkdirSync(at("b"));
    await expect(publishAll(all)).rejects.toThrow(/Written before: .*a\.$/);
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
  });
});

describe("a name by generation", () => {
  const named = async (contents: string): Promise<string> => {
    const staged = await stageContents(at("w.bin"), contents);
    const suffix = await nameByGeneration(staged, (end) => at(`w.bin${end}`));
    await staged.publish();
    return suffix;
  };

  it("is the plain one where it is free, or holds the same; else tells of the contents", async () => {
    expect(await named("one")).toBe("");
    expect(await named("one")).toBe("");
    const other = await named("two");
    expect(other).toMatch(/^\.[0-9a-f]{8}$/);
    expect(await named("two")).toBe(other);
    expect(readFileSync(at("w.bin"), "utf8")).toBe("one");
    expect(readFileSync(at(`w.bin${other}`), "utf8")).toBe("two");
    expect(readdirSync(folder).length).toBe(2);
  });

  it("is gone when it is discarded, and never another's file", async () => {
    const staged = await stageContents(at("w.bin"), "one");
    await nameByGeneration(staged, (end) => at(`w.bin${end}`));
    await staged.discard();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("paths that a model names", () => {
  it.each(["../x", "a/../../x", "a/../x", "/x", "\\x", "c:\\x", "", "a\0b", 3 as never])(
    "%j is refused",
    (path) => {
      expect(() => existingInside(folder, path)).toThrow(refused("outside-folder"));
      expect(() => placeInside(folder, path)).toThrow(refused("outside-folder"));
    },
  );

  it("may not lead out by links, to read or to write", () => {
    const outside = mkdtempSync(join(tmpdir(), "files-outside-"));
    writeFileSync(join(outside, "x"), "");
    symlinkSync(outside, at("link"));
    expect(() => existingInside(folder, "link/x")).toThrow(refused("outside-folder"));
    expect(() => placeInside(folder, "link/new/deep")).toThrow(refused("outside-folder"));
    writeFileSync(at("own"), "");
    expect(existingInside(folder, "own")).toBe(placeInside(folder, "own"));
    expect(placeInside(folder, "new/deep.bin")).toMatch(/new.deep\.bin$/);
    rmSync(outside, { recursive: true });
  });
});

describe("what a run that is killed leaves", () => {
  const script = fileURLToPath(new URL("hold.ts", import.meta.url));
  const root = fileURLToPath(new URL("../../..", import.meta.url));

  /** Stages a file and makes a temporary folder, says so, and waits to be killed. */
  async function killed(signal: NodeJS.Signals): Promise<void> {
    const args = ["--import", "tsx", script, at("out"), at("tmp")];
    mkdirSync(at("tmp"), { recursive: true });
    const env = { ...process.env, TMPDIR: at("tmp") };
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    child.kill(signal);
    expect((await ended)[1]).toBe(signal);
  }

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "by %s is nothing",
    async (signal) => {
      await killed(signal);
      expect(readdirSync(folder)).toEqual(["tmp"]);
      expect(readdirSync(at("tmp")).filter((name) => name.startsWith("prune-"))).toEqual([]);
    },
    60_000,
  );

  it("by SIGKILL is removed by the next, which writes under other names", async () => {
    await killed("SIGKILL");
    expect(readdirSync(folder).filter((name) => name.startsWith(".out.prune-")).length).toBe(1);
    const foreign = ".out.prune-00000000-1-0123456789ab.tmp";
    writeFileSync(at(foreign), "another machine's, being written");
    await (await stageContents(at("out"), "done")).publish();
    expect(readdirSync(folder).sort()).toEqual([foreign, "out", "tmp"]);
    utimesSync(at(foreign), 1, 1);
    await (await stageContents(at("out"), "done")).publish();
    expect(existsSync(at(foreign))).toBe(false);
  }, 60_000);
});
