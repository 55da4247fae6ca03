import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderStore } from "../src/files/folder-store.js";
import { s3Store, s3StoreAt } from "../src/files/s3-store.js";
import { type ContentStore, fetchStored } from "../src/files/store.js";
import { fetchTree, storeTree, treeAt } from "../src/files/tree.js";
import { canonical, sha256 } from "../src/job/canonical.js";
import type { Job } from "../src/job/job.js";
import { runJob } from "../src/job/run-job.js";
import { redisStore } from "../src/queue/redis-store.js";
import { freshFolders } from "./fresh-folders.js";
import { readBytes } from "./read-bytes.js";
import { s3, secret } from "./s3.js";
import { type DatabaseServer, noRedis, startRedis } from "./servers.js";

const { home, fresh } = freshFolders("store");
const objects = new Map<string, Buffer>();
const server = s3(objects);
let endpoint: string;
let redis: DatabaseServer | undefined;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  if (noRedis === undefined) redis = await startRedis();
});
afterAll(async () => {
  server.close();
  await redis?.close();
});

const opened: readonly { readonly name: string; readonly open: () => Promise<ContentStore> }[] = [
  { name: "a folder", open: async () => folderStore(fresh()) },
  {
    name: "S3",
    open: () =>
      s3Store({ bucket: "models", prefix: "sweeps/", endpoint, accessKeyId: "me", secretAccessKey: secret }),
  },
  ...(noRedis === undefined
    ? [
        {
          name: "Redis",
          open: async () => redisStore(new (await import("ioredis")).Redis(redis?.url as string)),
        },
      ]
    : []),
];

for (const { name, open } of opened)
  describe(`a store in ${name}`, () => {
    test("gives back what was stored, by its hash alone", async () => {
      const store = await open();
      const bytes = new TextEncoder().encode(`some bytes in ${name}`);
      const hash = sha256(bytes);
      expect(await store.has(hash)).toBe(false);
      expect(await store.get(hash)).toBeUndefined();
      await store.put(hash, bytes);
      await store.put(hash, bytes);
      expect(await store.has(hash)).toBe(true);
      expect(await readBytes(store, hash)).toEqual(Buffer.from(bytes));
      const file = join(fresh(), "file");
      writeFileSync(file, "a file");
      await store.put(sha256("a file"), { path: file });
      const copy = join(fresh(), "deep", "copy");
      await fetchStored(store, sha256("a file"), copy, "A file");
      expect(readFileSync(copy, "utf8")).toBe("a file");
      await store.remove(hash);
      expect(await store.has(hash)).toBe(false);
      for (const bad of ["../../etc/passwd", hash.toUpperCase(), `${hash}/..`, ""])
        await expect((async () => store.get(bad))()).rejects.toMatchObject({ code: "bad-name" });
      await store.close();
    });

    test("keeps the first outcome of a job", async () => {
      const store = await open();
      const job = sha256(`a job in ${name}`);
      expect(await store.outcome(job)).toBeUndefined();
      expect(await store.noteOutcome(job, '{"a":1}')).toBe('{"a":1}');
      expect(await store.noteOutcome(job, '{"a":2}')).toBe('{"a":1}');
      expect(await store.outcome(job)).toBe('{"a":1}');
      await store.close();
    });

    test.runIf(name === "Redis")(
      "keeps what is asked for or stored again as long as what is new",
      async () => {
        const client = new (await import("ioredis")).Redis(redis?.url as string);
        const store = redisStore(client);
        const bytes = Buffer.from("kept");
        const key = `prune:files:${sha256(bytes)}`;
        await store.put(sha256(bytes), bytes);
        const whole = await client.ttl(key);
        for (const again of [() => store.has(sha256(bytes)), () => store.put(sha256(bytes), bytes)]) {
          await client.expire(key, 60);
          await again();
          expect(await client.ttl(key)).toBeGreaterThan(whole - 60);
        }
        await store.close();
      },
    );

    test("that holds other bytes than the hash says is found out, and nothing is left behind", async () => {
      const store = await open();
      const hash = sha256(`wanted in ${name}`);
      await spoil(store, hash);
      const folder = fresh();
      await expect(fetchStored(store, hash, join(folder, "x"), "A file")).rejects.toMatchObject({
        code: "wrong-hash",
      });
      expect(existsSync(join(folder, "x"))).toBe(false);
      await expect(fetchStored(store, sha256("nothing"), join(folder, "y"), "A file")).rejects.toMatchObject({
        code: "not-stored",
      });
      await store.close();
    });
  });

/** Puts other bytes where some should be; S3 itself would refuse them. */
async function spoil(store: ContentStore, hash: string): Promise<void> {
  if (store.name.startsWith("s3:")) objects.set(`/models/sweeps/files/${hash}`, Buffer.from("other"));
  else await store.put(hash, new TextEncoder().encode("other"));
}

describe("S3", () => {
  test("refuses a wrong key and wrong bytes, and no secret is told", async () => {
    const wrong = await s3Store({
      bucket: "models",
      endpoint,
      accessKeyId: "me",
      secretAccessKey: "another-secret",
    });
    const error = await wrong.put(sha256("x"), new TextEncoder().encode("x")).catch((found: Error) => found);
    expect(error).toMatchObject({
      code: "store-failed",
      message: expect.stringContaining("SignatureDoesNotMatch"),
    });
    expect(String(error)).not.toContain("another-secret");
    const right = await s3Store({ bucket: "models", endpoint, accessKeyId: "me", secretAccessKey: secret });
    await expect(right.put(sha256("x"), new TextEncoder().encode("y"))).rejects.toMatchObject({
      message: expect.stringContaining("XAmzContentSHA256Mismatch"),
    });
  });

  test("has its keys and endpoint from the environment", async () => {
    expect(() => s3StoreAt("s3://models", {})).toThrow(expect.objectContaining({ code: "store-failed" }));
    const store = await s3StoreAt("s3://models/other/", {
      AWS_ACCESS_KEY_ID: "me",
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: "eu-central-1",
    });
    await store.put(sha256("z"), new TextEncoder().encode("z"));
    expect(objects.has(`/models/other/files/${sha256("z")}`)).toBe(true);
  });
});

describe("a tree", () => {
  test("comes out of a store as it went in, by a hash that names and contents make", async () => {
    const source = fresh();
    mkdirSync(join(source, "a"));
    writeFileSync(join(source, "a", "1.txt"), "one");
    writeFileSync(join(source, "2.txt"), "two");
    const [store, folder] = [folderStore(fresh()), fresh()];
    const tree = await treeAt(source);
    await storeTree(store, tree);
    const { root, files } = await fetchTree(store, tree.ref.tree, folder);
    expect(files).toEqual(["2.txt", "a/1.txt"]);
    expect(readFileSync(join(root, "a/1.txt"), "utf8")).toBe("one");
    expect(await fetchTree(store, tree.ref.tree, folder)).toEqual({ root, files });
    writeFileSync(join(source, "2.txt"), "three");
    expect((await treeAt(source)).ref.tree).not.toBe(tree.ref.tree);
  });

  test("whose names lead out of its folder is refused before anything is written", async () => {
    for (const path of ["../out", "/etc/out", "a/../../out", "C:\\out", "a\0b", ""]) {
      const [store, folder] = [folderStore(fresh()), fresh()];
      const list = canonical({ format: "prune-files/1", files: [{ path, sha256: sha256("x"), bytes: 1 }] });
      await store.put(sha256("x"), new TextEncoder().encode("x"));
      await store.put(sha256(list), new TextEncoder().encode(list));
      await expect(fetchTree(store, sha256(list), folder)).rejects.toMatchObject({ code: "bad-name" });
      expect(existsSync(join(folder, "..", "out"))).toBe(false);
      expect(existsSync(join(folder, "trees"))).toBe(false);
    }
  });

  test("that is damaged in the cache of a worker is found out", async () => {
    const source = fresh();
    writeFileSync(join(source, "1.txt"), "one");
    const [store, folder] = [folderStore(fresh()), fresh()];
    const { ref } = { ...(await treeAt(source)) };
    await storeTree(store, await treeAt(source));
    await fetchTree(store, ref.tree, folder);
    writeFileSync(join(folder, "lists", ref.tree), "{}");
    await expect(fetchTree(store, ref.tree, folder)).rejects.toMatchObject({ code: "wrong-hash" });
  });
});

describe("a job", () => {
  test("opens nothing that lies outside of its trees, by name or by link", async () => {
    const [root, outside] = [fresh(), join(fresh(), "model.onnx")];
    writeFileSync(outside, "");
    symlinkSync(outside, join(root, "link.onnx"));
    const tree = sha256("tree");
    for (const [main, code] of [
      ["../model.onnx", "bad-name"],
      ["link.onnx", "outside-folder"],
      ["none.onnx", "missing-file"],
    ] as const) {
      const job = {
        format: "prune-job/1",
        inputs: { model: { tree, main } },
        options: {},
        measure: ["bytes"],
        versions: { sweep: "", runtime: "" },
      } as Job;
      await expect(
        runJob({
          name: "x",
          job,
          trees: { [tree]: { root, files: [] } },
          scratch: fresh(),
          plugins: [],
          machineLock: join(home, "lock"),
        }),
      ).rejects.toMatchObject({ code });
    }
  });

  test("takes a criterion out of a module that is installed and allowed, and is named by its contents", async () => {
    const { loadPlugin, versionOfPlugin } = await import("../src/job/plugins.js");
    const place = fresh();
    const module = join(place, "node_modules/first-units");
    mkdirSync(module, { recursive: true });
    writeFileSync(
      join(module, "package.json"),
      '{ "name": "first-units", "type": "module", "main": "index.js" }',
    );
    writeFileSync(
      join(module, "index.js"),
      "import { score } from './dist/score.js'; export const criterion = () => ({ name: 'first', needs: [], score });",
    );
    mkdirSync(join(module, "dist"));
    // Only says what kind of modules it holds, as many builds do.
    writeFileSync(join(module, "dist/package.json"), '{ "type": "module" }');
    const score = join(module, "dist/score.js");
    writeFileSync(score, "export const score = async ({ units }) => Float32Array.from(units);");
    const before = process.cwd();
    process.chdir(place);
    try {
      expect((await loadPlugin("first-units", ["first-units"])).name).toBe("first");
      const version = versionOfPlugin("first-units", ["first-units"]);
      expect(version).toMatch(/^[0-9a-f]{64}$/);
      // What the package installed for itself is not its code, what its entry imports is.
      mkdirSync(join(module, "node_modules/other"), { recursive: true });
      writeFileSync(join(module, "node_modules/other/index.js"), "export {};");
      expect(versionOfPlugin("first-units", ["first-units"])).toBe(version);
      writeFileSync(score, "export const score = async ({ units }) => Float32Array.from(units, () => 1);");
      expect(versionOfPlugin("first-units", ["first-units"])).not.toBe(version);
      expect(() => versionOfPlugin("first-units", [])).toThrow(
        expect.objectContaining({ code: "no-plugin" }),
      );
    } finally {
      process.chdir(before);
    }
  });

  test("names a criterion's module, which the machine has to allow", async () => {
    const { loadPlugin } = await import("../src/job/plugins.js");
    for (const [module, why] of [
      ["./evil.js", /name of a package/],
      ["file:///evil", /name of a package/],
      ["evil", /does not allow/],
    ] as const)
      await expect(loadPlugin(module, [])).rejects.toMatchObject({
        code: "no-plugin",
        message: expect.stringMatching(why),
      });
    await expect(loadPlugin("not-installed-here", ["not-installed-here"])).rejects.toMatchObject({
      message: expect.stringMatching(/not installed/),
    });
    await expect(loadPlugin("fast-check", ["fast-check"])).rejects.toMatchObject({
      message: expect.stringMatching(/exports no/),
    });
  });
});
