import { eachField, type Field, type Span } from "../wire.js";
import { append, type Rope } from "./rope.js";

/** A field's new bytes (none: the field goes), or undefined to copy it as it is. */
export type Change = (field: Field) => Rope | undefined;

export interface Additions {
  readonly front?: Rope;
  readonly back?: Rope;
}

/** A message with some of its fields changed and all others copied byte for byte; undefined if nothing changed. */
export function rewrite(
  bytes: Uint8Array,
  span: Span,
  change: Change,
  { front = [], back = [] }: Additions = {},
): Rope | undefined {
  const out = [...front];
  let changed = front.length > 0 || back.length > 0;
  let copied = span.start;
  eachField(bytes, span, "message", (field) => {
    const replacement = change(field);
    if (replacement === undefined) return;
    changed = true;
    if (copied < field.start) out.push(bytes.subarray(copied, field.start));
    append(out, replacement);
    copied = field.end;
  });
  if (!changed) return undefined;
  if (copied < span.end) out.push(bytes.subarray(copied, span.end));
  append(out, back);
  return out;
}

/** The same, where no change gives the message as it was. */
export const rewritten = (bytes: Uint8Array, span: Span, change: Change, additions?: Additions): Rope =>
  rewrite(bytes, span, change, additions) ?? [bytes.subarray(span.start, span.end)];

/** A change that drops the fields of these numbers. */
export const without =
  (numbers: ReadonlySet<number>): Change =>
  ({ number }) =>
    numbers.has(number) ? [] : undefined;
