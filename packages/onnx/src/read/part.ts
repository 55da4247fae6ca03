import { eachField, type Field, type Span } from "../wire.js";

export interface Parts {
  /** The message without the fields that were taken. Decode it at once: the next call reuses its memory. */
  readonly rest: Uint8Array;
  /** The fields that were taken, in file order. */
  readonly taken: readonly Field[];
}

/** Takes the fields numbered `take` out of a message, so that big or nested ones are never decoded with the rest. */
export function part(bytes: Uint8Array, span: Span, where: string, take: ReadonlySet<number>): Parts {
  const taken: Field[] = [];
  eachField(bytes, span, where, (field) => {
    if (take.has(field.number)) taken.push(field);
  });
  return { rest: remainder(bytes, span, taken), taken };
}

/** A view where the rest is one stretch, else a copy. */
function remainder(bytes: Uint8Array, { start, end }: Span, taken: readonly Field[]): Uint8Array {
  let length = 0;
  let kept = start;
  let from = start;
  let to = start;
  for (let i = 0; i <= taken.length; i++) {
    const next = taken[i]?.start ?? end;
    if (next > kept) {
      if (length === 0) from = kept;
      else if (kept !== to) return joined(bytes, start, end, taken);
      length += next - kept;
      to = next;
    }
    kept = taken[i]?.end ?? end;
  }
  return bytes.subarray(from, to);
}

let scratch = new Uint8Array(4096);

function joined(bytes: Uint8Array, start: number, end: number, taken: readonly Field[]): Uint8Array {
  const length = taken.reduce((sum, field) => sum - (field.end - field.start), end - start);
  if (scratch.length < length) scratch = new Uint8Array(2 * length);
  let at = 0;
  let kept = start;
  for (let i = 0; i <= taken.length; i++) {
    const next = taken[i]?.start ?? end;
    for (let j = kept; j < next; j++) scratch[at++] = bytes[j]!;
    kept = taken[i]?.end ?? end;
  }
  return scratch.subarray(0, length);
}
