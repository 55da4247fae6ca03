import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bundled = `${root}packages/onnx/dist/onnx-proto.js`;

type Decoder = { readonly onnx: { readonly ModelProto: { decode(bytes: Uint8Array): unknown } } };

/** Whether two decoded messages say the same; the whole package has objects of its own for int64. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null) return Object.is(a, b);
  if ("toNumber" in a) return (a as { toNumber(): number }).toNumber() === b;
  if (ArrayBuffer.isView(a)) return Buffer.compare(a as Uint8Array, b as Uint8Array) === 0;
  const keys = Object.keys(a) as (keyof typeof a)[];
  return (
    typeof b === "object" &&
    keys.length === Object.keys(b as object).length &&
    keys.every((key) => isSame(a[key], b?.[key]))
  );
}

test.skipIf(!existsSync(bundled))(
  "the decoder that is shipped reads what all of onnx-proto reads",
  async () => {
    const whole = createRequire(`${root}packages/onnx/package.json`)("onnx-proto") as Decoder;
    const { default: shipped } = (await import(pathToFileURL(bundled).href)) as { default: Decoder };
    const bytes = new Uint8Array(readFileSync(`${root}apps/cli/sample/glyphs.onnx`));
    const [a, b] = [whole, shipped].map(({ onnx }) => onnx.ModelProto.decode(bytes));
    expect(isSame(a, b)).toBe(true);
    expect(isSame(a, shipped.onnx.ModelProto.decode(bytes.subarray(0, 0)))).toBe(false);
    expect(readFileSync(bundled, "utf8")).not.toMatch(/eval\(|\.(encode|verify|toObject)=function/);
  },
);
