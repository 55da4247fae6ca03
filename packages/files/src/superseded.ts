import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { identityOf } from "./target.js";

/** Bigger models are not searched for names of weights, and what they might name stays. */
const mostBytes = 64 * 2 ** 20;

interface Place {
  /** Where the models lie. */
  readonly folder: string;
  /** What weights of the new one were to be called, before hashes. */
  readonly names: readonly string[];
  readonly withSuffix: (name: string, suffix: string) => string;
  /** The model that is written. */
  readonly model: string;
}

/** Weights that lie here and are called as the new model's, whatever their hash, or after the model itself. */
export function namesake({ folder, names, withSuffix, model }: Place): readonly string[] {
  const plain = new Set(names.map((name) => resolve(folder, name)));
  const own = basename(model);
  const homes = new Set([folder, ...names.map((name) => dirname(resolve(folder, name)))]);
  return [...homes].flatMap((home) =>
    filesIn(home, (path, name) => {
      const hash = /\.[0-9a-f]{8,64}(?=\.|$)/.exec(name)?.[0];
      const bare = hash === undefined ? path : join(home, name.replace(hash, ""));
      return (
        plain.has(path) ||
        (hash !== undefined && plain.has(bare) && join(home, withSuffix(basename(bare), hash)) === path) ||
        (own !== "model.json" && name !== own && name.startsWith(own))
      );
    }),
  );
}

interface Superseded {
  /** What may go: `namesake` before the model was replaced. */
  readonly old: readonly string[];
  /** What the model that was replaced held, if there was one that may have named weights. */
  readonly before: Buffer | undefined;
  /** Files that must stay: those of the new model, and of what it was made from. */
  readonly kept: readonly string[];
  /** The model that was written. */
  readonly model: string;
}

/** Removes weights that only the replaced model named. */
export function removeSuperseded({ old, before, kept, model }: Superseded): void {
  if (!before) return;
  const stays = new Set([model, ...kept].map(identityOf));
  const gone = old.filter((path) => before.includes(basename(path)) && !stays.has(identityOf(path)));
  if (gone.length === 0) return;
  const others: Buffer[] = [];
  for (const path of filesIn(dirname(model), (_, name) => extname(name) === extname(model))) {
    if (stays.has(identityOf(path))) continue;
    if (statSync(path).size > mostBytes) return;
    others.push(readFileSync(path));
  }
  for (const path of gone)
    if (!others.some((text) => text.includes(basename(path)))) rmSync(path, { force: true });
}

const filesIn = (folder: string, isAsked: (path: string, name: string) => boolean): string[] =>
  readdirSync(folder)
    .map((name) => resolve(folder, name))
    .filter((path) => isAsked(path, basename(path)) && statSync(path, { throwIfNoEntry: false })?.isFile());
