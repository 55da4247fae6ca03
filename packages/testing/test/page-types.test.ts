import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { type PageCode, pageCode } from "../../../tooling/docs/page-code.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** Beside the page, so that what it imports is found where the page's package finds it. */
const fileOf = ({ page, kind, nth }: PageCode): string =>
  join(root, dirname(page), `shown-${kind}-${nth}.ts`);
const pages = new Map(pageCode(root).map((code) => [fileOf(code), code]));

/** Sketches leave names unexplained, and what they give to these has no type. */
const unexplained: ReadonlySet<number> = new Set([2304, 7005, 7006, 7031, 7034, 18004]);

test("all code that pages show compiles under strict, and sketches name what there is", () => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const { tsBuildInfoFile: _, ...others } = options;
  const settings: ts.CompilerOptions = {
    ...others,
    incremental: false,
    noEmit: true,
    isolatedDeclarations: false,
    // What strict says and no more: readers have no other flags.
    noUncheckedIndexedAccess: false,
    exactOptionalPropertyTypes: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    noPropertyAccessFromIndexSignature: false,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    types: ["node"],
  };
  const host = ts.createCompilerHost(settings);
  const read = host.getSourceFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.fileExists = (name) => pages.has(name) || exists(name);
  host.getSourceFile = (name, version, ...rest) => {
    const shown = pages.get(name);
    return shown
      ? ts.createSourceFile(name, `${shown.code}\nexport {};\n`, version)
      : read(name, version, ...rest);
  };
  const program = ts.createProgram([...pages.keys()], settings, host);
  const found = [...pages].flatMap(([file, { page, kind }]) => {
    const source = program.getSourceFile(file) as ts.SourceFile;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .filter(({ code }) => kind === "ts" || !unexplained.has(code))
      .map(({ code, messageText, start = 0 }) => {
        const { line } = source.getLineAndCharacterOfPosition(start);
        return `${page}, ${kind} fence, line ${line + 1} (${source.text.split("\n")[line]?.trim()}): TS${code} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
      });
  });
  expect(pages.size).toBeGreaterThan(20);
  expect(found).toEqual([]);
}, 180_000);
