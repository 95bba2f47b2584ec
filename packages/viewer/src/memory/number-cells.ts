import { bytesFor, decodeNumbers, isFloatFormat } from "kpu-sim";
import { floatText } from "../shell/format.ts";

/** How bytes can be shown. */
export const cellFormats = ["hex", "float32", "bfloat16", "int8", "int32", "float16", "uint8"] as const;
export type CellFormat = (typeof cellFormats)[number];

/** One number of a row, and whether any of its bytes is another one than before. */
type Cell = { readonly text: string; readonly isChanged: boolean };
export type CellRow = { readonly offset: number; readonly cells: readonly Cell[] };

export const bytesPerRow = 16;

/** Rows of 16 bytes each, as numbers of a format. What was there `before` starts at the same offset; without it nothing has changed. */
export function cellRows(
  bytes: Uint8Array,
  before: Uint8Array | undefined,
  offset: number,
  format: CellFormat,
): readonly CellRow[] {
  const each = format === "hex" ? 1 : bytesFor(format, 1);
  return Array.from({ length: Math.ceil(bytes.length / bytesPerRow) }, (_, row) => {
    const start = row * bytesPerRow;
    const texts = textsOf(bytes.subarray(start, start + bytesPerRow), format);
    const cells = texts.map((text, index) => ({
      text,
      isChanged: before !== undefined && differ(bytes, before, start + index * each, each),
    }));
    return { offset: offset + start, cells };
  });
}

function differ(bytes: Uint8Array, before: Uint8Array, start: number, count: number): boolean {
  for (let place = start; place < start + count; place++) if (bytes[place] !== before[place]) return true;
  return false;
}

function textsOf(bytes: Uint8Array, format: CellFormat): readonly string[] {
  if (format === "hex") return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const values = decodeNumbers(format, bytes, Math.floor(bytes.length / bytesFor(format, 1)));
  return Array.from(values, (value) => (isFloatFormat(format) ? floatText(value) : `${value}`));
}
