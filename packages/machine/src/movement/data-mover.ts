import { componentIdError } from "../address-map/address-map.ts";
import type { HandleParts } from "../engine/handle-parts.ts";
import { KpuError, requireWhole } from "../errors.ts";
import { type MoverKind, moverNames } from "./mover-kind.ts";
import { requireReach } from "./reach.ts";
import { type SynchronizationRequest, synchronizationOf } from "./semaphore.ts";

/** Which side of the array a stream feeds: a row of as many elements as the array has columns each cycle, or a column. */
export type StreamKind = "rows" | "columns";

export type TransferRequest = SynchronizationRequest & {
  /** Global byte addresses; each end must lie in one region. No alignment is needed. */
  readonly source: number;
  readonly destination: number;
  readonly bytes: number;
  /** Streamers only; default `rows`. */
  readonly stream?: StreamKind | undefined;
  /** Called once, at the completion cycle, after all of that cycle's completions are in memory. */
  readonly onComplete?: (() => void) | undefined;
};

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
    const { source, destination, bytes, stream = "rows", onComplete } = request;
    const { config, engine, map, semaphores } = this.#parts;
    requireWhole(bytes, "the transfer size in bytes", "KPU_SIZE");
    const from = map.locate(source, bytes, "source");
    const to = map.locate(destination, bytes, "destination");
    const [fromKind, toKind] = [map.classOf(from.region).kind, map.classOf(to.region).kind];
    requireReach(config.reachPolicy, this.kind, this.name, fromKind, toKind);
    if (onComplete !== undefined && typeof onComplete !== "function") {
      throw new KpuError("KPU_TYPE", `onComplete must be a function, got ${typeof onComplete}`);
    }
    if (stream !== "rows" && stream !== "columns") {
      throw new KpuError("KPU_ARGUMENT", `stream must be 'rows' or 'columns', got '${String(stream)}'`);
    }
    const synchronization = synchronizationOf(request, semaphores, engine);
    engine.issueTransfer(this.#unit, {
      sourceRegion: from.region,
      sourceOffset: from.offset,
      destinationRegion: to.region,
      destinationOffset: to.offset,
      bytes,
      width: this.#widthOf(stream),
      synchronization,
      onComplete,
    });
  }

  /** Drops the running transfer and the queue, without callbacks; credits that the running one has taken are not given back. */
  reset(): void {
    this.#parts.engine.dropUnit(this.#unit);
  }

  /** Units per cycle; a streamer's depend on which side of the array it feeds. */
  #widthOf(stream: StreamKind): number {
    const { dma, blockMover, streamerRows, streamerColumns } = this.#parts.widths;
    if (this.kind === "dma") return dma;
    if (this.kind === "blockMover") return blockMover;
    return stream === "rows" ? streamerRows : streamerColumns;
  }
}
