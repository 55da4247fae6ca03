import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Code that a page shows, as one module. */
export interface PageCode {
  /** Where the page lies, from the root of the repository. */
  readonly page: string;
  /** Which of the page's modules it is. */
  readonly nth: number;
  readonly code: string;
  /** `ts` runs as it stands; `js` is part of a program, with names that it does not explain. */
  readonly kind: "ts" | "js";
  /** Packages that the page says to install. */
  readonly installed: readonly string[];
}

/** All code of the READMEs, where fences follow each other, and of the site, where each stands alone. */
export function pageCode(root: string): readonly PageCode[] {
  const readmes = ["packages", "apps"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name, "README.md")),
  );
  const site = readdirSync(join(root, "apps/docs/pages"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.startsWith("api"))
    .map((name) => join("apps/docs/pages", name));
  return ["README.md", ...readmes, ...site.sort()]
    .filter((page) => existsSync(join(root, page)))
    .flatMap((page) => {
      const text = readFileSync(join(root, page), "utf8");
      const ts = fencesOf(text, "ts");
      const modules = page.startsWith("apps/docs/pages") || ts.length === 0 ? ts : [ts.join("\n")];
      const installed = installedIn(text);
      return [
        ...modules.map((code, nth) => ({ page, nth, code, kind: "ts" as const, installed })),
        ...fencesOf(text, "js").map((code, nth) => ({ page, nth, code, kind: "js" as const, installed })),
      ];
    });
}

/** The text of a page's fences of a language. */
export const fencesOf = (text: string, language: "ts" | "js" = "ts"): string[] =>
  [...text.matchAll(/^```(?<language>\w+)(?: \[[^\]]*\])?\n(?<code>.*?)^```$/gms)]
    .filter(({ groups }) => groups?.language === language)
    .map(({ groups }) => groups?.code ?? "");

/** Packages that a text says to install. */
export const installedIn = (text: string): string[] =>
  [...text.matchAll(/^(?:\/\/ )?npm install (.+)$/gm)].flatMap(([, line = ""]) =>
    line
      .replace(/#.*/, "")
      .trim()
      .split(/\s+/)
      .filter((name) => !name.startsWith("-"))
      .map((name) => name.replace(/(?<=.)@.*/, "")),
  );
