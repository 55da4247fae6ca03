import type { Pool } from "pg";
import { type ContentStore, checkHash } from "../files/store.js";
import { asOne, smallBytes } from "./redis-store.js";

/** Small contents in tables beside those of the queue. */
export async function postgresStore(pool: Pool): Promise<ContentStore> {
  pool.on("error", () => {});
  await pool
    .query(`
    create schema if not exists prune;
    create table if not exists prune.files (hash text primary key, bytes bytea not null, made timestamptz not null default now());
    create table if not exists prune.outcomes (job text primary key, json text not null, made timestamptz not null default now());
  `)
    .catch((error: { code?: string }) => {
      // Two that create it at once: one of them is told that it is there.
      if (error.code !== "23505" && error.code !== "42P07") throw error;
    });
  const outcome = async (job: string): Promise<string | undefined> => {
    const { rows } = await pool.query<{ json: string }>("select json from prune.outcomes where job = $1", [
      checkHash(job),
    ]);
    return rows[0]?.json;
  };
  return {
    name: "the queue",
    isShared: false,
    async has(hash) {
      const { rows } = await pool.query("select 1 from prune.files where hash = $1", [checkHash(hash)]);
      return rows.length > 0;
    },
    async get(hash) {
      const { rows } = await pool.query<{ bytes: Buffer }>("select bytes from prune.files where hash = $1", [
        checkHash(hash),
      ]);
      return rows[0] && asOne(rows[0].bytes);
    },
    async put(hash, from) {
      const bytes = await smallBytes(from);
      await pool.query("insert into prune.files (hash, bytes) values ($1, $2) on conflict do nothing", [
        checkHash(hash),
        bytes,
      ]);
    },
    async remove(hash) {
      await pool.query("delete from prune.files where hash = $1", [checkHash(hash)]);
    },
    outcome,
    async noteOutcome(job, json) {
      const { rowCount } = await pool.query(
        "insert into prune.outcomes (job, json) values ($1, $2) on conflict do nothing",
        [checkHash(job), json],
      );
      return rowCount === 1 ? json : ((await outcome(job)) ?? json);
    },
    close: () => pool.end(),
  };
}
