import type { Random } from "../random.js";

/** Damage as disks and downloads do it. */
export function damaged(
  bytes: Uint8Array,
  random: Random,
): { readonly bytes: Uint8Array; readonly edit: string } {
  const at = random.below(bytes.length + 1);
  const length = Math.min(bytes.length - at, 1 + random.below(random.pick([1, 4, 64])));
  const copy = bytes.slice();
  switch (random.below(6)) {
    case 0:
      return { bytes: copy.slice(0, at), edit: `ends at ${at}` };
    case 1:
      copy.fill(random.pick([0, 255, 32, 48]), at, at + length);
      return { bytes: copy, edit: `${length} bytes at ${at} are filled` };
    case 2: {
      const inserted = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256));
      return {
        bytes: Uint8Array.from([...copy.subarray(0, at), ...inserted, ...copy.subarray(at)]),
        edit: `${inserted.length} bytes are put in at ${at}`,
      };
    }
    case 3:
      return {
        bytes: Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + length)]),
        edit: `${length} bytes at ${at} are missing`,
      };
    case 4:
      copy.copyWithin(at, random.below(bytes.length + 1), random.below(bytes.length + 1));
      return { bytes: copy, edit: `bytes are copied to ${at}` };
    default:
      for (let i = at; i < at + length; i++) copy[i] = (copy[i] as number) ^ (1 << random.below(8));
      return { bytes: copy, edit: `${length} bits from byte ${at} on are flipped` };
  }
}
