import { componentIdError } from "../address-map/address-map.ts";
import { widthOf } from "../config/widths.ts";
import type { HandleParts } from "../engine/handle-parts.ts";
import { KpuError, requireFunction, requireWhole } from "../errors.ts";
import type { MemoryRegion } from "../memory/memory-region.ts";
import { geometryError, patternsOf, type TransferLayout, type TransferPatterns } from "./layout.ts";
import { type MoverKind, moverNames } from "./mover-kind.ts";
import { type CheckedShape, type PreparedEnd, PreparedTransfer } from "./prepared-transfer.ts";
import { requireReach } from "./reach.ts";
import { type SynchronizationRequest, synchronizationOf } from "./semaphore.ts";

/** Which side of the array a stream feeds: a row of as many elements as the array has columns each cycle, or a column. */
export type StreamKind = "rows" | "columns";

/** What a transfer moves, wherever it takes it from and puts it. */
export type TransferShape = SynchronizationRequest & {
  /** Size of a contiguous transfer; not together with `layout`. */
  readonly bytes?: number | undefined;
  /** What is taken from the source on and put from the destination on, for all other shapes: geometry.ts has the named ones. */
  readonly layout?: TransferLayout | undefined;
  /** Streamers only; default `rows`. */
  readonly stream?: StreamKind | undefined;
  /** Streamers only: lane i of the stream begins i cycles after lane 0, so n lanes take n - 1 cycles more. Default 1. */
  readonly staggerLanes?: number | undefined;
};

export type TransferRequest = TransferShape & {
  /** Global byte addresses; each end must lie in one region. No alignment is needed. */
  readonly source: number;
  readonly destination: number;
  /** Called once, at the completion cycle, after all of that cycle's completions are in memory. */
  readonly onComplete?: (() => void) | undefined;
};

/** The same transfer many times between two memories, at places that are given each time. */
export type RouteRequest = TransferShape & { readonly from: MemoryRegion; readonly to: MemoryRegion };

/** A DMA engine, block mover or streamer: one transfer at a time, the others wait in its queue, first come first served. */
export class DataMover {
  readonly kind: MoverKind;
  readonly id: number;
  /** What messages call it: `DMA engine 0`. */
  readonly name: string;
  readonly #parts: HandleParts;
  readonly #unit: number;

  constructor(parts: HandleParts, kind: MoverKind, id: number) {
    const { first, count } = parts.layout.rangeOf(kind);
    if (!Number.isInteger(id) || id < 0 || id >= count) throw componentIdError(moverNames[kind], id, count);
    this.#parts = parts;
    this.#unit = first + id;
    this.kind = kind;
    this.id = id;
    this.name = `${moverNames[kind]} ${id}`;
  }

  /** Transfers issued and not complete: waiting and running. */
  get queueLength(): number {
    return this.#parts.engine.units.outstanding[this.#unit] ?? 0;
  }

  get isBusy(): boolean {
    return this.queueLength > 0;
  }

  /**
   * Queues a transfer. It reads its source when it starts and writes its destination when it completes. Zero bytes are
   * legal and take the path latency. Refused, with nothing queued: a negative size, an address in no region, an end that
   * leaves its region, memories that the engine does not reach.
   */
  transfer(request: TransferRequest): void {
    const { source, destination, onComplete } = request;
    const { engine, map } = this.#parts;
    const extent = extentOf(request);
    const from = map.locate(source, extent.patterns?.source.extentBytes ?? extent.bytes, "source");
    const to = map.locate(destination, extent.patterns?.destination.extentBytes ?? extent.bytes, "destination");
    const shape = this.#shapeOf(request, extent, from.region, to.region);
    requireFunction(onComplete);
    engine.issueTransfer(this.#unit, {
      ...shape,
      sourceRegion: from.region,
      sourceOffset: from.offset,
      destinationRegion: to.region,
      destinationOffset: to.offset,
      variant: undefined,
      onComplete,
    });
  }

  /**
   * Checks a transfer once that is to be issued many times, between any places of two memories: for programs of many steps,
   * whose transfers differ in their offsets only. Refused as in `transfer`.
   */
  prepare(request: RouteRequest): PreparedTransfer {
    const { from, to } = request;
    const { engine, map } = this.#parts;
    const [sourceRegion, destinationRegion] = [from.region, to.region];
    const shape = this.#shapeOf(request, extentOf(request), sourceRegion, destinationRegion);
    const sourceBytes = shape.patterns?.source.extentBytes ?? shape.bytes;
    const destinationBytes = shape.patterns?.destination.extentBytes ?? shape.bytes;
    const end = (region: number, bytes: number): PreparedEnd => {
      return { region, name: map.nameOf(region), lastOffset: map.capacityOf(region) - bytes };
    };
    return new PreparedTransfer(engine, this.#unit, {
      shape,
      source: end(sourceRegion, sourceBytes),
      destination: end(destinationRegion, destinationBytes),
    });
  }

  /** Drops the running transfer and the queue, without callbacks; credits that the running one has taken are not given back. */
  reset(): void {
    this.#parts.engine.dropUnit(this.#unit);
  }

  #shapeOf(request: TransferShape, extent: Extent, source: number, destination: number): CheckedShape {
    const { stream = "rows", staggerLanes = 1 } = request;
    const { engine, semaphores, routes } = this.#parts;
    if (stream !== "rows" && stream !== "columns") {
      throw new KpuError("KPU_ARGUMENT", `stream must be 'rows' or 'columns', got '${String(stream)}'`);
    }
    requireWhole(staggerLanes, "staggerLanes", "KPU_ARGUMENT", 1);
    if (staggerLanes > 1 && this.kind !== "streamer") {
      throw new KpuError("KPU_ARGUMENT", `${this.name} cannot stagger its lanes: only streamers do`);
    }
    this.#requireReach(source, destination);
    const dma = this.kind === "dma" ? this.id : undefined;
    const { latencyCycles, links, linkWidth } = routes.between(source, destination, dma);
    return {
      ...extent,
      links,
      width: Math.min(this.#widthOf(stream), linkWidth),
      latencyCycles: latencyCycles + staggerLanes - 1,
      synchronization: synchronizationOf(request, semaphores, engine),
    };
  }

  #requireReach(source: number, destination: number): void {
    const { map, config } = this.#parts;
    requireReach(config.reachPolicy, this.kind, this.name, map.kindOf(source), map.kindOf(destination));
    if (this.kind === "dma") return;
    const foreign = [source, destination].find((region) => map.isPeers(region));
    if (foreign === undefined) return;
    throw new KpuError(
      "KPU_REACH",
      `${this.name} cannot reach ${map.nameOf(foreign)}: only DMA engines move data from one KPU to another`,
      { mover: this.kind },
    );
  }

  /** Units per cycle; a streamer's depend on which side of the array it feeds. */
  #widthOf(stream: StreamKind): number {
    const { dma, blockMover, streamerRows, streamerColumns } = this.#parts.widths;
    if (this.kind === "dma") return widthOf(dma, this.id);
    if (this.kind === "blockMover") return widthOf(blockMover, this.id);
    return stream === "rows" ? streamerRows : streamerColumns;
  }
}

type Extent = { readonly bytes: number; readonly patterns: TransferPatterns | undefined };

/** Size of a transfer and, unless it is contiguous at both ends, what it takes and where it puts it. */
function extentOf({ bytes, layout }: TransferShape): Extent {
  if (layout === undefined) {
    if (bytes === undefined) throw geometryError("a transfer needs either its size in bytes or a layout");
    return { bytes: requireWhole(bytes, "the transfer size in bytes", "KPU_SIZE"), patterns: undefined };
  }
  if (bytes !== undefined) throw geometryError("a transfer has either its size in bytes or a layout, not both");
  const patterns = patternsOf(layout);
  const isPlain = patterns.source.isContiguous && patterns.destination.isContiguous;
  return { bytes: patterns.source.bytes, patterns: isPlain ? undefined : patterns };
}
