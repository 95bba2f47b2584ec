const polynomial = 0xedb88320;
/** Bytes that are taken at once. */
const slices = 8;

/** Row n has the effect of a byte that n further bytes follow. */
const tables: readonly Uint32Array[] = makeTables();

/** CRC-32 of some bytes, as zlib, PNG and gzip have it; `previous` is that of the bytes before them. */
export function crc32(bytes: Uint8Array, previous: number = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  if (!t0 || !t1 || !t2 || !t3 || !t4 || !t5 || !t6 || !t7) throw new RangeError("no tables");
  let sum = ~previous;
  let at = 0;
  for (const last = bytes.length - slices; at <= last; at += slices) {
    sum ^= byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    sum =
      entry(t7, sum & 255) ^
      entry(t6, (sum >>> 8) & 255) ^
      entry(t5, (sum >>> 16) & 255) ^
      entry(t4, sum >>> 24) ^
      entry(t3, byte(bytes, at + 4)) ^
      entry(t2, byte(bytes, at + 5)) ^
      entry(t1, byte(bytes, at + 6)) ^
      entry(t0, byte(bytes, at + 7));
  }
  for (; at < bytes.length; at++) sum = entry(t0, (sum ^ byte(bytes, at)) & 255) ^ (sum >>> 8);
  return ~sum >>> 0;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function entry(table: Uint32Array, index: number): number {
  return table[index] ?? 0;
}

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, value) => {
    let sum = value;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? polynomial : 0);
    return sum;
  });
  const all = [first];
  for (let slice = 1; slice < slices; slice++) {
    const before = all[slice - 1] ?? first;
    all.push(before.map((sum) => entry(first, sum & 255) ^ (sum >>> 8)));
  }
  return all;
}
