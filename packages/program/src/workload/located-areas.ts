import type { Area, IndexExpression, IndexRange, Place } from "@kpu-sim/formats";
import {
  bytesFor,
  decodeMatrix,
  encodeMatrix,
  hex,
  KpuError,
  type Machine,
  type MemoryRegion,
  matrixBytes,
  type NumberFormat,
  numberFormats,
} from "@kpu-sim/machine";
import { seededNumbers } from "./seeded-numbers.ts";

/** Areas without an offset begin at a multiple of so many bytes: a line of a bank. */
const alignment = 64;

/** An area with its place in the machine's memories. */
type LocatedArea = {
  readonly area: Area;
  readonly region: MemoryRegion;
  readonly offset: number;
  readonly rowBytes: number;
};

/** The values of loop variables. */
export type Variables = ReadonlyMap<string, number>;

/** A block of an area in a memory. */
export type Block = {
  readonly name: string;
  readonly region: MemoryRegion;
  readonly format: NumberFormat;
  readonly rows: number;
  readonly cols: number;
  /** Of its first element, from the beginning of the memory. */
  readonly offset: number;
  /** Bytes of a row of the block, and from one row of the area to the next. */
  readonly blockRowBytes: number;
  readonly rowStride: number;
  readonly row: number;
};

/** Where the areas of a workload lie in a machine. */
export class LocatedAreas {
  readonly #areas = new Map<string, LocatedArea>();

  /** Errors: KPU_COMPONENT_ID for a memory that the machine does not have, KPU_ADDRESS_RANGE for an area that leaves its memory. */
  constructor(machine: Machine, areas: readonly Area[]) {
    const ends = new Map<number, number>();
    for (const area of areas) {
      atLine(area.line, () => {
        const { name, memory, rows, cols, format } = area;
        const region = machine.memory(memory.kind, memory.id);
        const bytes = matrixBytes(format, rows, cols);
        const offset = area.offset ?? Math.ceil((ends.get(region.base) ?? 0) / alignment) * alignment;
        if (offset + bytes > region.capacityBytes) {
          throw new KpuError(
            "KPU_ADDRESS_RANGE",
            `area ${name} (${rows} x ${cols} ${format}, ${bytes} bytes) at offset ${hex(offset)} leaves ${region.name}, which has ` +
              `${region.capacityBytes} bytes: make it smaller or put it into another memory`,
            { area: name, offset: hex(offset), bytes, capacityBytes: region.capacityBytes },
          );
        }
        ends.set(region.base, Math.max(ends.get(region.base) ?? 0, offset + bytes));
        this.#areas.set(name, { area, region, offset, rowBytes: bytesFor(format, cols) });
      });
    }
  }

  /** Writes what areas hold before the program starts. */
  fill(): void {
    for (const { area, region, offset } of this.#areas.values()) {
      const { content, rows, cols, format, line } = area;
      if (content.kind === "zeros") continue;
      const values = content.kind === "values" ? content.values : seededNumbers(content, rows * cols, format);
      atLine(line, () => region.write(offset, encodeMatrix(format, values, rows, cols)));
    }
  }

  /** All of each area, by name. */
  get whole(): ReadonlyMap<string, Block> {
    const place = { rows: undefined, cols: undefined };
    return new Map([...this.#areas.keys()].map((area) => [area, this.block({ area, ...place }, new Map())]));
  }

  /** The block that a place names. Errors: KPU_GEOMETRY for what leaves its area, or begins within a byte. */
  block({ area: name, rows, cols }: Place, variables: Variables): Block {
    const located = this.#areas.get(name);
    if (located === undefined) throw new KpuError("KPU_ARGUMENT", `there is no area '${name}'`);
    const { area, region, offset, rowBytes } = located;
    const [row, rowEnd] = endsOf(rows, area.rows, variables, `rows of ${name}`);
    const [col, colEnd] = endsOf(cols, area.cols, variables, `columns of ${name}`);
    const { bits } = numberFormats[area.format];
    if ((col * bits) % 8 !== 0) {
      throw new KpuError(
        "KPU_GEOMETRY",
        `column ${col} of ${name} begins within a byte: ${area.format} has two to a byte`,
      );
    }
    return {
      name,
      region,
      format: area.format,
      rows: rowEnd - row,
      cols: colEnd - col,
      offset: offset + row * rowBytes + (col * bits) / 8,
      blockRowBytes: bytesFor(area.format, colEnd - col),
      rowStride: rowBytes,
      row,
    };
  }

  /** The numbers of a block, row by row. */
  read(block: Block): Float32Array | Int32Array {
    return numbersOf(block);
  }
}

/** The numbers of a block, row by row. */
export function numbersOf(block: Block): Float32Array | Int32Array {
  const { region, format, rows, cols, offset, blockRowBytes, rowStride } = block;
  const packed = new Uint8Array(rows * blockRowBytes);
  for (let row = 0; row < rows; row++) {
    packed.set(region.read(offset + row * rowStride, blockRowBytes), row * blockRowBytes);
  }
  return decodeMatrix(format, packed, rows, cols);
}

/** A matrix that lies in a memory, row by row, each at a whole byte. */
export function wholeBlock(
  name: string,
  region: MemoryRegion,
  { offset, rows, cols, format }: Pick<Block, "offset" | "rows" | "cols" | "format">,
): Block {
  const rowBytes = bytesFor(format, cols);
  return { name, region, format, rows, cols, offset, blockRowBytes: rowBytes, rowStride: rowBytes, row: 0 };
}

/** Does something that belongs to a line of a file; errors say which. */
export function atLine<T>(line: number | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (line === undefined || !(error instanceof KpuError) || "line" in error.details) throw error;
    throw new KpuError(error.code, `line ${line}: ${error.message}`, { ...error.details, line });
  }
}

function endsOf(
  range: IndexRange | undefined,
  size: number,
  variables: Variables,
  what: string,
): readonly [from: number, to: number] {
  if (range === undefined) return [0, size];
  const [from, to] = [indexOf(range.from, variables), indexOf(range.to, variables)];
  if (from >= 0 && from < to && to <= size) return [from, to];
  throw new KpuError(
    "KPU_GEOMETRY",
    `${what} ${from}:${to} are none: there are ${size}, and a range has at least one`,
    {
      from,
      to,
      size,
    },
  );
}

function indexOf({ constant, factors }: IndexExpression, variables: Variables): number {
  let sum = constant;
  for (const [variable, factor] of factors) sum += factor * (variables.get(variable) ?? 0);
  return sum;
}
