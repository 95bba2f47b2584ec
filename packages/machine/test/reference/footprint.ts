/** The bytes that an access touches, by global address: as plain as rule 30 has it. */
export type Footprint = ReadonlySet<number>;

export function footprintOf(elementAddresses: readonly number[], elementBytes: number): Footprint {
  const bytes = new Set<number>();
  for (const address of elementAddresses) {
    for (let index = 0; index < elementBytes; index += 1) {
      bytes.add(address + index);
    }
  }
  return bytes;
}

export interface SharedBytes {
  readonly lowestAddress: number;
  readonly count: number;
}

/** What both touch, or undefined where they touch nothing in common. */
export function sharedBytes(a: Footprint, b: Footprint): SharedBytes | undefined {
  let lowestAddress = Number.POSITIVE_INFINITY;
  let count = 0;
  for (const address of a) {
    if (b.has(address)) {
      lowestAddress = Math.min(lowestAddress, address);
      count += 1;
    }
  }
  return count === 0 ? undefined : { lowestAddress, count };
}
