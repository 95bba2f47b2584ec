import { bytesFor, type MemoryKind, matrixBytes, type ResolvedConfig } from "@kpu-sim/machine";
import {
  type Hardware,
  type PlannedProblem,
  type Tiling,
  tailBytes,
  tileBytes,
  tileCounts,
  tileSize,
} from "./problem.ts";
import { RoomCount } from "./room-count.ts";

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

/** Where everything lies. External panels hold tiles packed one behind the other, those of B their parameters behind these. */
export type Placement = {
  readonly host: {
    readonly a: number;
    readonly b: number;
    readonly c: number;
    /** Rows of parameters, one behind the other. */
    readonly parameters: number;
  };
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

/** A memory that a shelf may use. */
type Room = { readonly id: number; readonly capacityBytes: number };

/** Made once for a machine. */
const knownRooms = new WeakMap<ResolvedConfig, Map<MemoryKind, readonly Room[]>>();

/** The memories of a kind, the largest first; on chip no more of them than there are buffers at most. */
function roomsOf(hardware: Hardware, kind: MemoryKind): readonly Room[] {
  const { config } = hardware;
  const known = knownRooms.get(config) ?? new Map<MemoryKind, readonly Room[]>();
  knownRooms.set(config, known);
  const rooms = known.get(kind) ?? findRooms(hardware, kind);
  known.set(kind, rooms);
  return rooms;
}

function findRooms(hardware: Hardware, kind: MemoryKind): readonly Room[] {
  const { count, capacityBytes, capacities } = hardware.memoryRange(kind);
  // Two buffers for each tile, and for each row and column of the grid.
  const mostBuffers = 4 * hardware.config.computeTiles.count + 2;
  const most = kind === "host" || kind === "external" ? count : Math.min(count, mostBuffers);
  if (capacities === undefined) return Array.from({ length: most }, (_, id) => ({ id, capacityBytes }));
  const all = capacities.map((bytes, id): Room => ({ id, capacityBytes: bytes }));
  return all.toSorted((a, b) => b.capacityBytes - a.capacityBytes).slice(0, most);
}

/** Hands out places of the memories of one kind, always in the one with the most room, so that traffic spreads over them. */
class Shelf {
  readonly #rooms: readonly Room[];
  /** By place in `rooms`. */
  readonly #used: number[];
  readonly #kind: MemoryKind;

  constructor(hardware: Hardware, kind: MemoryKind) {
    this.#rooms = roomsOf(hardware, kind);
    this.#used = this.#rooms.map(() => 0);
    this.#kind = kind;
  }

  /** Places in one memory, the one that has the most room now. */
  placeTogether(sizes: readonly number[]): readonly Place[] {
    const at = this.#roomiest;
    return sizes.map((bytes) => this.#placeAt(at, bytes));
  }

  place(bytes: number): Place {
    return this.#placeAt(this.#roomiest, bytes);
  }

  /** A place in a memory by id. */
  placeIn(id: number, bytes: number): Place {
    const at = this.#rooms.findIndex((room) => room.id === id);
    return this.#placeAt(at, bytes);
  }

  #placeAt(at: number, bytes: number): Place {
    const [room, offset] = [this.#rooms[at], this.#used[at] ?? 0];
    if (room === undefined || bytes > this.#roomAt(at)) throw new ShortageError({ kind: this.#kind, bytes });
    this.#used[at] = aligned(offset + bytes);
    return { id: room.id, offset };
  }

  /** The first of several that have the most room. */
  get #roomiest(): number {
    let best = 0;
    for (const at of this.#used.keys()) if (this.#roomAt(at) > this.#roomAt(best)) best = at;
    return best;
  }

  #roomAt(at: number): number {
    return (this.#rooms[at]?.capacityBytes ?? 0) - (this.#used[at] ?? 0);
  }
}

class ShortageError extends Error {
  readonly shortage: Shortage;

  constructor(shortage: Shortage) {
    super(`no room for ${shortage.bytes} bytes`);
    this.shortage = shortage;
  }
}

/** Places everything that a tiling needs, in host memory from byte `hostBase` on; a `Shortage` where it does not fit. */
export function place(
  hardware: Hardware,
  problem: PlannedProblem,
  tiling: Tiling,
  hostBase: number,
): Placement | Shortage {
  try {
    return { ...placeOnChip(hardware, problem, tiling), ...placeOffChip(hardware, problem, tiling, hostBase) };
  } catch (error) {
    if (error instanceof ShortageError) return error.shortage;
    throw error;
  }
}

type TileBuffersWanted = Pick<Tiling, "tileM" | "tileN" | "tileK" | "buffers" | "sumBuffers">;

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** The capacities of the on-chip memories, with the number of memories that have each. Looked at for every tiling that is tried, made once for a machine. */
type Capacities = readonly (readonly [capacityBytes: number, count: number])[];
const knownCapacities = new WeakMap<ResolvedConfig, Readonly<Record<"l3" | "l2" | "scratchpad", Capacities>>>();

function capacitiesOf(hardware: Hardware): Readonly<Record<"l3" | "l2" | "scratchpad", Capacities>> {
  const known = knownCapacities.get(hardware.config);
  if (known !== undefined) return known;
  const count = (kind: MemoryKind): Capacities => {
    const counts = new Map<number, number>();
    for (const { capacityBytes } of roomsOf(hardware, kind)) {
      counts.set(capacityBytes, (counts.get(capacityBytes) ?? 0) + 1);
    }
    return [...counts];
  };
  const made = { l3: count("l3"), l2: count("l2"), scratchpad: count("scratchpad") };
  knownCapacities.set(hardware.config, made);
  return made;
}

/** Whether a scratchpad that holds nothing else has room for the buffers of one compute tile. */
export function fitsTile(hardware: Hardware, problem: PlannedProblem, tile: TileBuffersWanted): boolean {
  const [largest] = capacitiesOf(hardware).scratchpad;
  return largest !== undefined && tileRoom(problem, tile).needed <= largest[0];
}

/** What the buffers of one compute tile need in a scratchpad, and take up there. */
function tileRoom(
  problem: PlannedProblem,
  tile: TileBuffersWanted,
): { readonly needed: number; readonly taken: number } {
  const { a, b, sums } = tileBytes(problem, tile);
  const taken = tile.buffers * (aligned(a) + aligned(b)) + tile.sumBuffers * aligned(sums);
  // What comes last in a scratchpad needs no more than its bytes.
  return { needed: taken - aligned(sums) + sums, taken };
}

/** Whether the buffers of a tiling fit into the on-chip memories: what `placeOnChip` would do, counted. */
export function fits(hardware: Hardware, problem: PlannedProblem, tiling: Tiling): boolean {
  const { gridRows, gridCols, buffers } = tiling;
  const capacities = capacitiesOf(hardware);
  const { a, b, c } = tileBytes(problem, tiling);
  const tiles = gridRows * gridCols;
  const { needed, taken } = tileRoom(problem, tiling);
  if (!new RoomCount(capacities.scratchpad).put(needed, taken, tiles)) return false;
  return [capacities.l2, capacities.l3].every((each) => {
    const rooms = new RoomCount(each);
    return (
      rooms.put(a, aligned(a), gridRows * buffers) &&
      rooms.put(b, aligned(b), gridCols * buffers) &&
      rooms.put(c, aligned(c), tiles * buffers)
    );
  });
}

type OnChip = Pick<Placement, "rowLanes" | "colLanes" | "tiles">;

function placeOnChip(hardware: Hardware, problem: PlannedProblem, tiling: Tiling): OnChip {
  const { gridRows, gridCols, buffers, sumBuffers } = tiling;
  const [l3, l2, l1] = [new Shelf(hardware, "l3"), new Shelf(hardware, "l2"), new Shelf(hardware, "scratchpad")];
  const several = <T>(make: () => T): readonly T[] => Array.from({ length: buffers }, make);
  const { a: aBytes, b: bBytes, sums: sumsBytes, c: cBytes } = tileBytes(problem, tiling);
  const lane = (bytes: number): LanePlaces => ({
    l3: several(() => l3.place(bytes)),
    l2: several(() => l2.place(bytes)),
  });
  const rowLanes = Array.from({ length: gridRows }, () => lane(aBytes));
  const colLanes = Array.from({ length: gridCols }, () => lane(bBytes));
  const tiles = Array.from({ length: gridRows * gridCols }, () => {
    const operands = [aBytes, bBytes].flatMap((bytes) => several(() => bytes));
    const places = l1.placeTogether([...operands, ...Array.from({ length: sumBuffers }, () => sumsBytes)]);
    const offsets = places.map(({ offset }) => offset);
    return {
      scratchpad: places[0]?.id ?? 0,
      a: offsets.slice(0, buffers),
      b: offsets.slice(buffers, 2 * buffers),
      c: offsets.slice(2 * buffers),
      l2C: several(() => l2.place(cBytes)),
      l3C: several(() => l3.place(cBytes)),
    };
  });
  return { rowLanes, colLanes, tiles };
}

function placeOffChip(
  hardware: Hardware,
  problem: PlannedProblem,
  tiling: Tiling,
  hostBase: number,
): Omit<Placement, keyof OnChip> {
  const { m, n, k, format, resultFormat } = problem;
  const { rowTiles, colTiles } = tileCounts(problem, tiling);
  const [host, external] = [new Shelf(hardware, "host"), new Shelf(hardware, "external")];
  if (hostBase > 0) host.placeIn(0, hostBase);
  const inHost = (size: number): number => host.placeIn(0, size).offset;
  const rows = (rowBytes: number): readonly Place[] =>
    Array.from({ length: rowTiles }, (_, row) => external.place(tileSize(m, tiling.tileM, row) * rowBytes));
  return {
    host: {
      a: inHost(matrixBytes(format, m, k)),
      b: inHost(matrixBytes(format, k, n)),
      c: inHost(matrixBytes(resultFormat, m, n)),
      parameters: inHost(tailBytes(problem, n)),
    },
    externalA: rows(bytesFor(format, k)),
    externalB: Array.from({ length: colTiles }, (_, column) => {
      const cols = tileSize(n, tiling.tileN, column);
      return external.place(matrixBytes(format, k, cols) + tailBytes(problem, cols));
    }),
    externalC: rows(bytesFor(resultFormat, n)),
  };
}

/** The memories that hold anything of a product, by kind, in order. */
export function memoriesUsed(placement: Placement): Readonly<Record<MemoryKind, readonly number[]>> {
  const { rowLanes, colLanes, tiles, externalA, externalB, externalC } = placement;
  const lanes = [...rowLanes, ...colLanes];
  const ids = (places: readonly Place[]): readonly number[] =>
    [...new Set(places.map(({ id }) => id))].toSorted((one, other) => one - other);
  return {
    host: [0],
    external: ids([...externalA, ...externalB, ...externalC]),
    l3: ids([...lanes.flatMap(({ l3 }) => l3), ...tiles.flatMap(({ l3C }) => l3C)]),
    l2: ids([...lanes.flatMap(({ l2 }) => l2), ...tiles.flatMap(({ l2C }) => l2C)]),
    scratchpad: [...new Set(tiles.map(({ scratchpad }) => scratchpad))].toSorted((one, other) => one - other),
  };
}
