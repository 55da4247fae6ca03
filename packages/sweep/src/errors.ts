import { catalogue, type ErrorClass, type ErrorOf, type Messages } from "@prune/errors";

/** What each error says of itself. */
export interface SweepErrors {
  readonly "bad-plan": { readonly at: string; readonly why: string };
  readonly "too-large": { readonly what: string; readonly size: number; readonly most: number };
  readonly "in-use": { readonly folder: string; readonly owner: string };
  readonly "damaged-journal": { readonly path: string; readonly line: number };
  readonly "wrong-hash": { readonly what: string; readonly wanted: string; readonly found: string };
  readonly "not-stored": { readonly what: string; readonly where: string };
  readonly "store-failed": { readonly where: string; readonly why: string };
  readonly "bad-name": { readonly name: string; readonly why: string };
  readonly "input-changed": { readonly path: string };
  readonly "bad-job": { readonly why: string };
  readonly "other-version": { readonly what: string; readonly wanted: string; readonly found: string };
  readonly "no-plugin": { readonly module: string; readonly why: string };
  readonly "thread-lost": { readonly why: string };
  readonly "bad-queue": { readonly url: string; readonly why: string };
  readonly "not-installed": { readonly module: string; readonly why: string };
}

/** What `SweepError.code` can be: a key of the package's messages. */
export type SweepErrorCode = keyof SweepErrors;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<SweepErrors> = {
  "bad-plan": ({ at, why }) => `The plan can't be used: ${at === "" ? "" : `${at}: `}${why}.`,
  "too-large": ({ what, size, most }) => `${what} is ${size}, and at most ${most} is allowed.`,
  "in-use": ({ folder, owner }) =>
    `Another sweep uses ${folder} (${owner}). Wait for it, end it, or choose another folder.`,
  "damaged-journal": ({ path, line }) =>
    `Line ${line} of ${path} is damaged, and it is not the last one, which a sweep that was killed may leave torn. ` +
    "Remove that line to run its job again, or choose another folder.",
  "wrong-hash": ({ what, wanted, found }) =>
    `${what} is not what its name says: its sha256 is ${found}, not ${wanted}. Remove it from where it is kept, and store it again.`,
  "not-stored": ({ what, where }) =>
    `${what} is not in ${where}. Was it removed, or does the worker use another store?`,
  "store-failed": ({ where, why }) => `${where} can't be used: ${why}.`,
  "bad-name": ({ name, why }) => `Refused to open "${name}": ${why}.`,
  "input-changed": ({ path }) =>
    `${path} changed while the sweep ran, so that results would be of different files. Start the sweep again.`,
  "bad-job": ({ why }) => `This is no job that can be run: ${why}.`,
  "other-version": ({ what, wanted, found }) =>
    `The job was made for ${what} ${wanted} and this worker has ${found}, whose results may differ. Install the same version on all machines.`,
  "no-plugin": ({ module, why }) => `The criterion of "${module}" can't be used: ${why}.`,
  "thread-lost": ({ why }) => `The thread that ran the job ended: ${why}.`,
  "bad-queue": ({ url, why }) => `The queue ${url} can't be used: ${why}.`,
  "not-installed": ({ module, why }) =>
    `"${module}" is needed ${why}. Install it: \`npm install ${module}\`.`,
};

/** Every error of this package: `code` to branch on, `detail` with the facts, `message` to read. */
export type SweepError<Code extends SweepErrorCode = SweepErrorCode> = ErrorOf<SweepErrors, Code>;
export const SweepError: ErrorClass<SweepErrors> = /* @__PURE__ */ catalogue(
  "@prune/sweep",
  "SweepError",
  messages,
);

/** Refuses a plan: `at` is the place in it, such as `grid.ratio[2]`. */
export const badPlan = (at: string, why: string): SweepError<"bad-plan"> =>
  new SweepError("bad-plan", { at, why });

/** What an error says, in one line. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
