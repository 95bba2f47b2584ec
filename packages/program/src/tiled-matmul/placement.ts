import type { MemoryKind } from "@kpu-sim/machine";
import {
  elementBytes,
  type Hardware,
  type MatmulProblem,
  operandBytes,
  type Tiling,
  tileCounts,
  tileSize,
} from "./problem.ts";

/** A place in a memory: which instance of its kind, and the byte offset there. */
export type Place = { readonly id: number; readonly offset: number };

/** Places of the buffers of one compute tile. */
type TilePlaces = {
  readonly scratchpad: number;
  /** Byte offsets in the scratchpad, one for each buffer. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly c: readonly number[];
  readonly l2C: readonly Place[];
  readonly l3C: readonly Place[];
};

/** Places of the buffers that a row of A tiles (or a column of B tiles) passes through. */
type LanePlaces = { readonly l3: readonly Place[]; readonly l2: readonly Place[] };

/** Where everything lies. External panels hold tiles packed one behind the other. */
export type Placement = {
  readonly host: { readonly a: number; readonly b: number; readonly c: number };
  /** By row of tiles of A and of C; by column of tiles of B. */
  readonly externalA: readonly Place[];
  readonly externalB: readonly Place[];
  readonly externalC: readonly Place[];
  readonly rowLanes: readonly LanePlaces[];
  readonly colLanes: readonly LanePlaces[];
  readonly tiles: readonly TilePlaces[];
};

/** What does not fit where. */
export type Shortage = { readonly kind: MemoryKind; readonly bytes: number };

const alignment = 64;

/** Hands out places of the memories of one kind, always in the one with the most room, so that traffic spreads over them. */
class Shelf {
  readonly #used: number[];
  readonly #capacityBytes: number;
  readonly #kind: MemoryKind;

  constructor(hardware: Hardware, kind: MemoryKind) {
    const { count, capacityBytes } = hardware.memoryRange(kind);
    this.#used = Array.from({ length: count }, () => 0);
    this.#capacityBytes = capacityBytes;
    this.#kind = kind;
  }

  place(bytes: number): Place {
    let id = 0;
    for (const [other, used] of this.#used.entries()) if (used < (this.#used[id] ?? 0)) id = other;
    return this.placeIn(id, bytes);
  }

  placeIn(id: number, bytes: number): Place {
    const offset = this.#used[id] ?? this.#capacityBytes;
    if (offset + bytes > this.#capacityBytes) throw new ShortageError({ kind: this.#kind, bytes });
    this.#used[id] = Math.ceil((offset + bytes) / alignment) * alignment;
    return { id, offset };
  }
}

class ShortageError extends Error {
  readonly shortage: Shortage;

  constructor(shortage: Shortage) {
    super(`no room for ${shortage.bytes} bytes`);
    this.shortage = shortage;
  }
}

/** Places everything that a tiling needs; a `Shortage` where it does not fit. */
export function place(hardware: Hardware, problem: MatmulProblem, tiling: Tiling): Placement | Shortage {
  try {
    return { ...placeOnChip(hardware, problem, tiling), ...placeOffChip(hardware, problem, tiling) };
  } catch (error) {
    if (error instanceof ShortageError) return error.shortage;
    throw error;
  }
}

/** Whether the buffers of a tiling fit into the on-chip memories. */
export function fits(hardware: Hardware, problem: MatmulProblem, tiling: Tiling): boolean {
  try {
    placeOnChip(hardware, problem, tiling);
    return true;
  } catch (error) {
    if (error instanceof ShortageError) return false;
    throw error;
  }
}

type OnChip = Pick<Placement, "rowLanes" | "colLanes" | "tiles">;

function placeOnChip(hardware: Hardware, problem: MatmulProblem, tiling: Tiling): OnChip {
  const { tileM, tileN, tileK, gridRows, gridCols, buffers } = tiling;
  const [l3, l2, l1] = [new Shelf(hardware, "l3"), new Shelf(hardware, "l2"), new Shelf(hardware, "scratchpad")];
  const several = <T>(make: () => T): readonly T[] => Array.from({ length: buffers }, make);
  const [aBytes, bBytes, cBytes] = [
    tileM * tileK * operandBytes(problem),
    tileK * tileN * operandBytes(problem),
    tileM * tileN * elementBytes,
  ];
  const lane = (bytes: number): LanePlaces => ({
    l3: several(() => l3.place(bytes)),
    l2: several(() => l2.place(bytes)),
  });
  const rowLanes = Array.from({ length: gridRows }, () => lane(aBytes));
  const colLanes = Array.from({ length: gridCols }, () => lane(bBytes));
  const tiles = Array.from({ length: gridRows * gridCols }, (_, tile) => {
    const scratchpad = tile % Math.max(1, hardware.config.scratchpads.count);
    const offsets = (bytes: number): readonly number[] => several(() => l1.placeIn(scratchpad, bytes).offset);
    return {
      scratchpad,
      a: offsets(aBytes),
      b: offsets(bBytes),
      c: offsets(cBytes),
      l2C: several(() => l2.place(cBytes)),
      l3C: several(() => l3.place(cBytes)),
    };
  });
  return { rowLanes, colLanes, tiles };
}

function placeOffChip(hardware: Hardware, problem: MatmulProblem, tiling: Tiling): Omit<Placement, keyof OnChip> {
  const { m, n, k } = problem;
  const { rowTiles, colTiles } = tileCounts(problem, tiling);
  const [host, external] = [new Shelf(hardware, "host"), new Shelf(hardware, "external")];
  const bytes = operandBytes(problem);
  const inHost = (size: number): number => host.placeIn(0, size).offset;
  const rows = (rowBytes: number): readonly Place[] =>
    Array.from({ length: rowTiles }, (_, row) => external.place(tileSize(m, tiling.tileM, row) * rowBytes));
  return {
    host: { a: inHost(m * k * bytes), b: inHost(k * n * bytes), c: inHost(m * n * elementBytes) },
    externalA: rows(k * bytes),
    externalB: Array.from({ length: colTiles }, (_, column) =>
      external.place(tileSize(n, tiling.tileN, column) * k * bytes),
    ),
    externalC: rows(n * elementBytes),
  };
}
