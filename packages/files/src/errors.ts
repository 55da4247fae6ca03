import { catalogue, type ErrorClass, type ErrorOf, type Messages } from "@prune/errors";

/** What an error of each code carries. */
export interface FilesErrorDetail {
  readonly "unwritable-file": { readonly path: string; readonly why: string };
  readonly "no-folder": { readonly path: string; readonly folder: string };
  readonly "not-a-file": { readonly path: string };
  readonly "dead-link": { readonly path: string };
  readonly "not-regular": { readonly path: string; readonly kind: string };
  /** `input` is an input, or another output. */
  readonly "overwrites-input": { readonly path: string; readonly input: string };
  readonly "outside-folder": { readonly path: string; readonly why: string };
  readonly "missing-file": { readonly path: string; readonly why: string };
}

/** What `FilesError.code` can be: a key of the package's messages. */
export type FilesErrorCode = keyof FilesErrorDetail;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<FilesErrorDetail> = {
  "unwritable-file": ({ path, why }) => `Can't write ${path}: ${why}.`,
  "no-folder": ({ path, folder }) => `Can't write ${path}: there is no folder ${folder}. Make it first.`,
  "not-a-file": ({ path }) => `Can't write ${path}: it is a folder. Give a file name.`,
  "dead-link": ({ path }) =>
    `Can't write ${path}: it is a link that leads nowhere. Remove it, or name a file.`,
  "not-regular": ({ path, kind }) =>
    `Can't write ${path}: it is a ${kind}, and only files are replaced. Choose another name.`,
  "overwrites-input": ({ path, input }) =>
    `Refused: writing ${path} would overwrite ${input}. Choose another name.`,
  "outside-folder": ({ path, why }) => `"${path}" leads out of the model's folder: ${why}.`,
  "missing-file": ({ path, why }) => `Can't find ${path}: ${why}.`,
};

/** The error of this package: `code` and `detail` are for programs, the message for people. */
export type FilesError<Code extends FilesErrorCode = FilesErrorCode> = ErrorOf<FilesErrorDetail, Code>;
export const FilesError: ErrorClass<FilesErrorDetail> = /* @__PURE__ */ catalogue(
  "@prune/files",
  "FilesError",
  messages,
);

/** Errors of the file system become ours; others pass. */
export function unwritable(path: string, error: unknown): unknown {
  const failed = error instanceof Error && "syscall" in error;
  return failed ? new FilesError("unwritable-file", { path, why: reasonOf(error) }) : error;
}

/** "no such file or directory" of "ENOENT: no such file or directory, open 'x'". */
export const reasonOf = (error: unknown): string =>
  (error as Error).message.replace(/^E[A-Z0-9]+: /, "").replace(/, \w+( '.*')?$/, "");
