/** Numbers of the fields of Perfetto's trace messages that are written (protos/perfetto/trace of that project). */
export const packetField = 1;
export const packetFields = {
  timestamp: 8,
  sequenceId: 10,
  trackEvent: 11,
  internedData: 12,
  sequenceFlags: 13,
  trackDescriptor: 60,
  firstOnSequence: 87,
} as const;
export const sequenceFlags = { cleared: 1, needsState: 2 } as const;
export const internedFields = { categories: 1, eventNames: 2, annotationNames: 3, annotationTexts: 29 } as const;
/** Of everything interned: its number, and its name or text. */
export const internedEntry = { iid: 1, text: 2 } as const;
export const trackFields = { uuid: 1, name: 2, parent: 5, counter: 8, ordering: 11, rank: 12 } as const;
export const explicitOrdering = 3;
export const counterFields = { unitName: 6 } as const;
export const eventFields = {
  category: 3,
  annotation: 4,
  type: 9,
  name: 10,
  track: 11,
  double: 44,
  flow: 47,
  flowEnd: 48,
} as const;
export const eventTypes = { begin: 1, end: 2, counter: 4 } as const;
export const annotationFields = { name: 1, bool: 2, uint: 3, textId: 17 } as const;

const wireNumber = 0;
const wireFixed64 = 1;
const wireBytes = 2;

/** The byte in front of a number in a field up to 15; and in front of bytes. */
export function numberTag(field: number): number {
  return field * 8 + wireNumber;
}
export function bytesTag(field: number): number {
  return field * 8 + wireBytes;
}
/** The two bytes in front of a field from 16 on. */
export function wideNumberTag(field: number): readonly [number, number] {
  return wide(field * 8 + wireNumber);
}
export function fixedTag(field: number): readonly [number, number] {
  return wide(field * 8 + wireFixed64);
}

function wide(tag: number): readonly [number, number] {
  return [(tag & 127) | 128, tag >> 7];
}
