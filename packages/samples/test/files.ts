import { crc32, deflateRawSync } from "node:zlib";

type Write = (view: DataView, at: number, value: number) => void;

const writers: Readonly<Record<string, readonly [bytes: number, Write]>> = {
  "<f4": [4, (view, at, value) => view.setFloat32(at, value, true)],
  ">f4": [4, (view, at, value) => view.setFloat32(at, value, false)],
  "<f8": [8, (view, at, value) => view.setFloat64(at, value, true)],
  "<i2": [2, (view, at, value) => view.setInt16(at, value, true)],
  ">i4": [4, (view, at, value) => view.setInt32(at, value, false)],
  "<i8": [8, (view, at, value) => view.setBigInt64(at, BigInt(value), true)],
  "|u1": [1, (view, at, value) => view.setUint8(at, value)],
  "|b1": [1, (view, at, value) => view.setUint8(at, value)],
};

/** An .npy file of numbers in the order that they are stored in. */
export function npy(
  descr: string,
  shape: readonly number[],
  values: readonly number[],
  { fortran = false, version = 1 }: { readonly fortran?: boolean; readonly version?: 1 | 2 } = {},
): Uint8Array {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${dims}), }`;
  const prefix = version === 1 ? 10 : 12;
  const length = Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix;
  const [bytes, write] = (Object.hasOwn(writers, descr) ? writers[descr] : undefined) ?? [1, () => {}];
  const out = new Uint8Array(prefix + length + values.length * bytes);
  out.set([0x93, ...Buffer.from("NUMPY"), version, 0]);
  const view = new DataView(out.buffer);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  out.set(Buffer.from(`${text.padEnd(length - 1)}\n`), prefix);
  values.forEach((value, i) => {
    write(view, prefix + length + i * bytes, value);
  });
  return out;
}

/** A zip archive, which is what .npz files are. */
export function zip(files: Readonly<Record<string, Uint8Array>>, compressed = false): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(files)) {
    const stored = compressed ? deflateRawSync(data) : Buffer.from(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(compressed ? 8 : 0, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(stored.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), stored]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), common, place, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}
