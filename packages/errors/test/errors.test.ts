import { readFileSync } from "node:fs";
import { catalogue, type ErrorClass, type ErrorOf, PruneError } from "@prune/errors";
import { transform } from "esbuild";
import { describe, expect, expectTypeOf, it } from "vitest";

interface Details {
  "no-page": { readonly page: number };
  "bad-size": { readonly option: string };
}
const messages = {
  "no-page": ({ page }: Details["no-page"]) => `There is no page ${page}.`,
  "bad-size": ({ option }: Details["bad-size"], nameOf: (option: string, value?: string) => string) =>
    `${nameOf(option)} is no size; give ${nameOf(option, "small")}.`,
};
type PagesError<Code extends keyof Details = keyof Details> = ErrorOf<Details, Code>;
const PagesError: ErrorClass<Details> = catalogue<Details>("pages", "PagesError", messages);
const BooksError: ErrorClass<Details> = catalogue<Details>("books", "BooksError", messages);

/** This package once more, as a bundler that has it twice would load it: other classes from another file. */
async function copy(): Promise<typeof import("@prune/errors")> {
  const source = (file: string): string =>
    readFileSync(new URL(`../src/${file}.ts`, import.meta.url), "utf8").replace(/^import .*;$/gm, "");
  const { code } = await transform(`${source("prune-error")}\n${source("catalogue")}`, { loader: "ts" });
  return import(`data:text/javascript,${encodeURIComponent(code)}`) as never;
}

describe("errors", () => {
  it("say what they are, to programs and to people", () => {
    const cause = new Error("disk");
    const error = new PagesError("no-page", { page: 7 }, { cause, file: "book.txt" });
    expect(error).toMatchObject({ package: "pages", code: "no-page", detail: { page: 7 }, file: "book.txt" });
    expect(error.message).toBe("book.txt: There is no page 7.");
    expect(error.cause).toBe(cause);
    expect(String(error)).toBe("PagesError: book.txt: There is no page 7.");
    expect(error.stack).toMatch(/^PagesError: book\.txt: .*\n.*errors\.test/);
    expect(Object.keys(error)).not.toContain("name");
  });

  it("call options as the reader knows them", () => {
    const error = new PagesError("bad-size", { option: "size" });
    expect(error.message).toBe("`size` is no size; give `size: small`.");
    expect(error.text((option, value) => [`--${option}`, value].filter(Boolean).join(" "))).toBe(
      "--size is no size; give --size small.",
    );
    error.message += " Written before: a.";
    expect(error.text((option) => option)).toBe("size is no size; give size. Written before: a.");
  });

  it("are told by package and by code", () => {
    const error: unknown = new PagesError("no-page", { page: 7 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(PruneError);
    expect(error).toBeInstanceOf(PagesError);
    expect(error).not.toBeInstanceOf(BooksError);
    expect(PruneError.is(error) && PruneError.is(error, "no-page")).toBe(true);
    expect(PruneError.is(error, "bad-size")).toBe(false);
    expect(BooksError.is(error)).toBe(false);
    expect(PagesError.is(error, "bad-size")).toBe(false);
    if (!PagesError.is(error, "no-page")) throw new Error("not told");
    expectTypeOf(error.detail).toEqualTypeOf<{ readonly page: number }>();
    const any = error as PagesError;
    if (any.code === "bad-size") expectTypeOf(any.detail).toEqualTypeOf<{ readonly option: string }>();
    // @ts-expect-error: facts of another code
    new PagesError("no-page", { option: "size" });
  });

  it("are instances of the same class of another copy, and of no other class of it", async () => {
    const other = await copy();
    expect(other.PruneError).not.toBe(PruneError);
    const TheirPages = other.catalogue<Details>("pages", "PagesError", messages);
    const theirs: unknown = new TheirPages("no-page", { page: 1 });
    const ours: unknown = new PagesError("no-page", { page: 1 });
    expect(Object.getPrototypeOf(theirs)).not.toBe(Object.getPrototypeOf(ours));
    expect(theirs).toBeInstanceOf(PruneError);
    expect(theirs).toBeInstanceOf(PagesError);
    expect(theirs).not.toBeInstanceOf(BooksError);
    expect(ours).toBeInstanceOf(other.PruneError);
    expect(ours).toBeInstanceOf(TheirPages);
    expect(PagesError.is(theirs, "no-page")).toBe(true);
    expect(PruneError.is(theirs, "bad-size")).toBe(false);
  });

  it("hold for nothing else", () => {
    for (const value of [undefined, null, 1, "no-page", {}, new Error("no-page"), { code: "no-page" }]) {
      expect(value instanceof PruneError).toBe(false);
      expect(PruneError.is(value, "no-page")).toBe(false);
      expect(PagesError.is(value)).toBe(false);
    }
  });

  it("leave classes that are derived from them as they are elsewhere", () => {
    class Lost extends PagesError<"no-page"> {}
    const lost = new Lost("no-page", { page: 0 });
    expect(lost).toBeInstanceOf(Lost);
    expect(lost).toBeInstanceOf(PagesError);
    expect(new PagesError("no-page", { page: 0 })).not.toBeInstanceOf(Lost);
  });
});
