import type { ExternalDram } from "../dram/external-dram.ts";
import type { Faults } from "../faults/faults.ts";
import type { MemoryContents } from "../memory/memory-contents.ts";
import type { HazardLog } from "../observe/hazard-log.ts";
import type { RegionTotals } from "../observe/region-totals.ts";
import { type TraceLog, traceOperation } from "../observe/trace-log.ts";
import type { EngineShape } from "./engine-shape.ts";
import type { InFlight } from "./in-flight.ts";
import type { PortSharing } from "./port-sharing.ts";
import type { Synchronization } from "./semaphores.ts";
import type { StateVector } from "./state-vector.ts";
import { type SavedTransferTable, type TransferOrder, TransferTable } from "./transfer-table.ts";
import type { UnitTable } from "./unit-table.ts";

const none = -1;

/** What transfers work on; shared with the tiles. */
export type WorkSurroundings = {
  readonly contents: MemoryContents;
  readonly totals: RegionTotals;
  readonly hazards: HazardLog;
  readonly inFlight: InFlight;
  readonly faults: Faults;
};

/** The transfers of DMA engines, block movers and streamers: their queues, latencies, byte ranges and bytes. */
export class TransferWork {
  readonly #shape: EngineShape;
  readonly #units: UnitTable;
  readonly #surroundings: WorkSurroundings;
  readonly #sharing: PortSharing;
  readonly #table = new TransferTable();
  readonly #dram: ExternalDram | undefined;

  constructor(
    shape: EngineShape,
    units: UnitTable,
    sharing: PortSharing,
    surroundings: WorkSurroundings,
    dram: ExternalDram | undefined,
  ) {
    this.#shape = shape;
    this.#dram = dram;
    this.#units = units;
    this.#sharing = sharing;
    this.#surroundings = surroundings;
  }

  /** Puts a transfer at the end of a mover's queue. */
  issue(mover: number, order: TransferOrder, sequence: number): void {
    const row = this.#table.add(order, sequence);
    const { head, tail } = this.#units;
    const last = tail[mover] ?? none;
    if (last === none) head[mover] = row;
    else this.#table.next[last] = row;
    tail[mover] = row;
  }

  /** Sequence number of the transfer at the head of a mover's queue. */
  nextSequence(mover: number): number {
    return this.#table.sequence[this.#units.head[mover] ?? none] ?? 0;
  }

  /** What the transfer at the head of a mover's queue waits for and signals. */
  nextSynchronization(mover: number): Synchronization {
    return this.#table.synchronizationOf(this.#units.head[mover] ?? none);
  }

  /** What the running transfer signals. */
  synchronization(mover: number): Synchronization {
    return this.#table.synchronizationOf(this.#units.current[mover] ?? none);
  }

  /** Takes the head of the queue as the running transfer; its byte ranges are in flight from now on. */
  start(mover: number): void {
    const { head, tail, current } = this.#units;
    const row = head[mover] ?? none;
    const next = this.#table.next[row] ?? none;
    head[mover] = next;
    if (next === none) tail[mover] = none;
    current[mover] = row;
    const bytes = this.#table.bytes[row] ?? 0;
    if (bytes === 0 || this.#table.isCarried[row] === 1) return;
    const { inFlight, hazards, faults } = this.#surroundings;
    const source = this.#table.sourceRegion[row] ?? 0;
    const from = this.#table.sourceOffset[row] ?? 0;
    const destination = this.#table.destinationRegion[row] ?? 0;
    const to = this.#table.destinationOffset[row] ?? 0;
    const patterns = this.#table.patterns[row];
    const readBytes = patterns?.source.extentBytes ?? bytes;
    const writtenBytes = patterns?.destination.extentBytes ?? bytes;
    if (!hazards.isOff) {
      inFlight.compare(mover, source, from, readBytes, false, patterns?.source);
      inFlight.compare(mover, destination, to, writtenBytes, true, patterns?.destination);
    }
    inFlight.add(mover, source, from, readBytes, false, patterns?.source);
    inFlight.add(mover, destination, to, writtenBytes, true, patterns?.destination);
    if (!faults.upsets.isClean) inFlight.inspectReads(mover);
  }

  /** Whether the running transfer has bytes to move, and so a beat phase. */
  hasBytes(mover: number): boolean {
    return (this.#table.bytes[this.#units.current[mover] ?? none] ?? 0) > 0;
  }

  /** Latency of the running transfer: of its path and links, with the lag of a staggered stream. */
  latency(mover: number): number {
    return this.#latencyOf(this.#units.current[mover] ?? none);
  }

  /** Cycles that the running transfer takes alone. */
  aloneCycles(mover: number): number {
    return this.#aloneCyclesOf(this.#units.current[mover] ?? none);
  }

  /** Cycles that the next transfer in the queue would take alone. */
  nextAloneCycles(mover: number): number {
    return this.#aloneCyclesOf(this.#units.head[mover] ?? none);
  }

  /** Asks DRAM for what the running transfer reads; false where it reads none, and its path is all that it waits for. */
  readDram(mover: number, cycle: number): boolean {
    const row = this.#units.current[mover] ?? none;
    const region = this.#table.sourceRegion[row] ?? 0;
    if (this.#dram?.serves(region) !== true) return false;
    const offset = this.#table.sourceOffset[row] ?? 0;
    const pattern = this.#table.patterns[row]?.source;
    this.#dram.beginRead(mover, { region, offset, pattern, cycle, ...this.#pace(row) });
    return true;
  }

  /** The cycle from which on both ports of the running transfer grant, where faults keep them from it; the present or an earlier one if none does. */
  refusedUntil(mover: number, cycle: number): number {
    const row = this.#units.current[mover] ?? none;
    const { sourceRegion, destinationRegion } = this.#table;
    return this.#surroundings.faults.units.refusedUntil(sourceRegion[row] ?? 0, destinationRegion[row] ?? 0, cycle);
  }

  /** The running transfer enters its beat phase; what it writes to DRAM comes there from now on. */
  joinPorts(mover: number, cycle: number): void {
    const row = this.#units.current[mover] ?? none;
    const region = this.#table.destinationRegion[row] ?? 0;
    if (this.#dram?.serves(region) === true) {
      const offset = this.#table.destinationOffset[row] ?? 0;
      const pattern = this.#table.patterns[row]?.destination;
      this.#dram.beginWrite(mover, { region, offset, pattern, cycle, ...this.#pace(row) });
    }
    const { bytes, sourceRegion, destinationRegion, width } = this.#table;
    this.#sharing.join(
      mover,
      sourceRegion[row] ?? 0,
      destinationRegion[row] ?? 0,
      this.#table.linksOf(row),
      width[row] ?? 0,
      (bytes[row] ?? 0) * this.#shape.unitsPerByte,
    );
  }

  /** The bytes arrive: the source as it was at the start is written. Returns the callback. */
  finish(mover: number, cycle: number): (() => void) | undefined {
    const { current, bytesMoved } = this.#units;
    const { inFlight, contents, totals, faults } = this.#surroundings;
    const row = current[mover] ?? none;
    const bytes = this.#table.bytes[row] ?? 0;
    const source = this.#table.sourceRegion[row] ?? 0;
    const destination = this.#table.destinationRegion[row] ?? 0;
    const to = this.#table.destinationOffset[row] ?? 0;
    const patterns = this.#table.patterns[row];
    if (bytes > 0 && contents.holdsValues) {
      const from = this.#table.sourceOffset[row] ?? 0;
      inFlight.keepSources(destination, to, patterns?.destination.extentBytes ?? bytes);
      const held = inFlight.takeHeld(mover);
      if (!faults.lines.isClean && (faults.lines.affect(source) || faults.lines.affect(destination))) {
        this.#writeThroughLines(row, held);
      } else if (patterns === undefined) {
        if (held !== undefined) contents.write(destination, to, held);
        else contents.copy(source, from, destination, to, bytes);
      } else if (held !== undefined) contents.scatter(destination, to, patterns.destination, held);
      else contents.rearrange(source, from, patterns.source, destination, to, patterns.destination);
    }
    const kind = this.#shape.kindOfMover[mover] ?? 0;
    totals.moved(kind, source, destination, bytes, cycle);
    this.#countLinks(kind, row, bytes);
    bytesMoved[mover] = (bytesMoved[mover] ?? 0) + bytes;
    current[mover] = none;
    const callback = this.#table.callbacks[row];
    this.#table.release(row);
    return callback;
  }

  #countLinks(kind: number, row: number, bytes: number): void {
    const { ports } = this.#shape.ports.links;
    const end = this.#table.endLink[row] ?? 0;
    for (let place = this.#table.firstLink[row] ?? 0; place < end; place++) {
      this.#surroundings.totals.passed(kind, ports[place] ?? 0, bytes);
    }
  }

  /** Notes the running transfer, which completes now, in a trace. */
  record(trace: TraceLog, mover: number, cycle: number): void {
    const row = this.#units.current[mover] ?? none;
    const { sourceRegion, destinationRegion, bytes, patterns } = this.#table;
    const operation = patterns[row] === undefined ? traceOperation.transfer : traceOperation.stridedTransfer;
    trace.record(mover, cycle, sourceRegion[row] ?? 0, destinationRegion[row] ?? 0, bytes[row] ?? 0, operation);
    if (!trace.hasAddresses) return;
    const { sourceOffset, destinationOffset } = this.#table;
    const extent = patterns[row]?.destination.extentBytes ?? bytes[row] ?? 0;
    trace.locate(sourceOffset[row] ?? 0, destinationOffset[row] ?? 0, extent);
  }

  /** Forgets the running transfer and the queue of a mover. */
  drop(mover: number): void {
    const { head, tail, current } = this.#units;
    const running = current[mover] ?? none;
    if (running !== none) this.#table.release(running);
    for (let row = head[mover] ?? none; row !== none; ) {
      const next = this.#table.next[row] ?? none;
      this.#table.release(row);
      row = next;
    }
    current[mover] = none;
    head[mover] = none;
    tail[mover] = none;
    this.#surroundings.inFlight.takeHeld(mover);
  }

  /** The running transfer of a mover and its queue. */
  describe(mover: number, state: StateVector): void {
    const { current, head } = this.#units;
    const running = current[mover] ?? none;
    if (running !== none) this.#table.describe(running, state);
    for (let row = head[mover] ?? none; row !== none; row = this.#table.next[row] ?? none) {
      this.#table.describe(row, state);
    }
  }

  carryOver(count: number): void {
    this.#table.carryOver(count);
  }

  clear(): void {
    this.#table.clear();
  }

  save(): SavedTransferTable {
    return this.#table.save();
  }

  restore(saved: SavedTransferTable): void {
    this.#table.restore(saved);
  }

  /** Writes what the running transfer has read, `held` or where it lies, as it passes ports with stuck lines. */
  #writeThroughLines(row: number, held: Uint8Array | undefined): void {
    const { contents, faults } = this.#surroundings;
    const { bytes, sourceRegion, sourceOffset, destinationRegion, destinationOffset } = this.#table;
    const patterns = this.#table.patterns[row];
    const [source, from] = [sourceRegion[row] ?? 0, sourceOffset[row] ?? 0];
    const [destination, to] = [destinationRegion[row] ?? 0, destinationOffset[row] ?? 0];
    const packed = held?.slice() ?? new Uint8Array(bytes[row] ?? 0);
    if (held === undefined && patterns === undefined) contents.read(source, from, packed);
    else if (held === undefined && patterns !== undefined) contents.gather(source, from, patterns.source, packed);
    faults.lines.pass(source, from, patterns?.source, packed);
    faults.lines.pass(destination, to, patterns?.destination, packed);
    if (patterns === undefined) contents.write(destination, to, packed);
    else contents.scatter(destination, to, patterns.destination, packed);
  }

  /**
   * Latency plus beats alone less one (timing rule 5); the latency alone for a transfer of no bytes. The time that DRAM takes comes on top, so
   * this is a bound for such transfers.
   */
  #aloneCyclesOf(row: number): number {
    const latency = this.#latencyOf(row);
    const units = (this.#table.bytes[row] ?? 0) * this.#shape.unitsPerByte;
    if (units === 0) return latency;
    const { rate } = this.#pace(row);
    return latency + Math.ceil(units / rate) - 1;
  }

  #pace(row: number): { readonly bytes: number; readonly rate: number } {
    const { bytes, sourceRegion, destinationRegion, width } = this.#table;
    const { columns } = this.#sharing;
    const rate = columns.aloneRate(sourceRegion[row] ?? 0, destinationRegion[row] ?? 0, width[row] ?? 0);
    return { bytes: bytes[row] ?? 0, rate };
  }

  #latencyOf(row: number): number {
    return this.#table.latencyCycles[row] ?? 0;
  }
}
