import { eachField, type Field, type Span } from "../wire.js";

export interface Parts {
  /** The message without the fields that were taken: a view when there were none. */
  readonly rest: Uint8Array;
  /** The fields that were taken, in file order. */
  readonly taken: readonly Field[];
}

/** Takes the fields numbered `take` out of a message, so that big or nested ones are never decoded with the rest. */
export function part(bytes: Uint8Array, span: Span, where: string, take: ReadonlySet<number>): Parts {
  const taken: Field[] = [];
  const kept: Span[] = [];
  eachField(bytes, span, where, (field) => {
    if (take.has(field.number)) {
      taken.push(field);
      return;
    }
    const last = kept.at(-1);
    if (last?.end === field.start) kept[kept.length - 1] = { start: last.start, end: field.end };
    else kept.push({ start: field.start, end: field.end });
  });
  return { rest: join(bytes, kept), taken };
}

function join(bytes: Uint8Array, spans: readonly Span[]): Uint8Array {
  const [first] = spans;
  if (first === undefined) return bytes.subarray(0, 0);
  if (spans.length === 1) return bytes.subarray(first.start, first.end);
  const joined = new Uint8Array(spans.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  for (const { start, end } of spans) {
    joined.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  return joined;
}
