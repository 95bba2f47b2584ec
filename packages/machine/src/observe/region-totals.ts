import { restoreColumns, type SavedColumns, saveColumns } from "../engine/columns.ts";
import { moverKinds } from "../movement/mover-kind.ts";

/** Kinds of work that read and write memories; the first are transfers by kind of mover. */
export const workKinds = ["dma", "blockMover", "streamer", "product", "vector"] as const;

/** Places in `workKinds`. */
export const productWork: number = workKinds.indexOf("product");
export const vectorWork: number = workKinds.indexOf("vector");

/** Traffic of each region since the start or reset, in columns by region number. */
export class RegionTotals {
  /** Bytes that engines and tiles read from the region and wrote to it; host accesses are not counted. */
  readonly bytesRead: Float64Array;
  readonly bytesWritten: Float64Array;
  /** The same for each class of memories: all of a kind of one machine. Work of kind w (`workKinds`) is at `class * workKinds.length + w`. */
  readonly readBy: Float64Array;
  readonly writtenBy: Float64Array;
  /** Through each port, in either direction: those of the regions, then those of links. */
  readonly portBytes: Float64Array;
  /** Through each port of a link by kind of mover (its place in `workKinds`): link l, counted from the first, at `l * moverKinds.length + mover`. */
  readonly passedBy: Float64Array;
  /** Words in which check bits found an error when they were read: those corrected, and those that were not. */
  readonly errorsCorrected: Float64Array;
  readonly errorsDetected: Float64Array;
  /** Cycle of the latest completed access, host accesses included; -1 for none. */
  readonly lastAccess: Float64Array;

  readonly #classOf: Uint16Array;

  /** `classOf` has the class of every region; classes are numbered from 0. */
  constructor(classOf: Uint16Array, portCount: number) {
    this.#classOf = classOf;
    const [regionCount, classCount] = [classOf.length, classOf.reduce((most, each) => Math.max(most, each), 0) + 1];
    this.bytesRead = new Float64Array(regionCount);
    this.bytesWritten = new Float64Array(regionCount);
    this.readBy = new Float64Array(classCount * workKinds.length);
    this.writtenBy = new Float64Array(classCount * workKinds.length);
    this.portBytes = new Float64Array(portCount);
    this.passedBy = new Float64Array((portCount - regionCount) * moverKinds.length);
    this.errorsCorrected = new Float64Array(regionCount);
    this.errorsDetected = new Float64Array(regionCount);
    this.lastAccess = new Float64Array(regionCount).fill(-1);
  }

  touch(region: number, cycle: number): void {
    this.lastAccess[region] = cycle;
  }

  /** A transfer by a kind of mover (its place in `workKinds`): its bytes go through the ports of both memories. */
  moved(mover: number, source: number, destination: number, bytes: number, cycle: number): void {
    this.accessed(mover, source, bytes, false, cycle);
    this.accessed(mover, destination, bytes, true, cycle);
    this.portBytes[source] = (this.portBytes[source] ?? 0) + bytes;
    this.portBytes[destination] = (this.portBytes[destination] ?? 0) + bytes;
  }

  /** Bytes of a completed transfer by a kind of mover went through a link's port. */
  passed(mover: number, port: number, bytes: number): void {
    this.portBytes[port] = (this.portBytes[port] ?? 0) + bytes;
    const place = (port - this.bytesRead.length) * moverKinds.length + mover;
    this.passedBy[place] = (this.passedBy[place] ?? 0) + bytes;
  }

  /** What a kind of mover has sent through `count` ports of links from `firstPort` on, each link counted by itself. */
  passedThrough(mover: number, firstPort: number, count: number): number {
    let bytes = 0;
    for (let port = firstPort; port < firstPort + count; port++) {
      bytes += this.passedBy[(port - this.bytesRead.length) * moverKinds.length + mover] ?? 0;
    }
    return bytes;
  }

  /** Work of a kind (its place in `workKinds`) has read bytes of a region or written them. */
  accessed(work: number, region: number, bytes: number, writes: boolean, cycle: number): void {
    const column = writes ? this.bytesWritten : this.bytesRead;
    column[region] = (column[region] ?? 0) + bytes;
    const ofClass = writes ? this.writtenBy : this.readBy;
    const place = (this.#classOf[region] ?? 0) * workKinds.length + work;
    ofClass[place] = (ofClass[place] ?? 0) + bytes;
    this.lastAccess[region] = cycle;
  }

  /** Check bits have found a word with an error. */
  countError(region: number, kind: "corrected" | "detected"): void {
    const column = kind === "corrected" ? this.errorsCorrected : this.errorsDetected;
    column[region] = (column[region] ?? 0) + 1;
  }

  clear(): void {
    for (const column of this.counts) column.fill(0);
    this.lastAccess.fill(-1);
  }

  /** What work of each kind has read of a region's class and written to it, in the order of `workKinds`. */
  ofClass(region: number): readonly { readonly bytesRead: number; readonly bytesWritten: number }[] {
    const first = (this.#classOf[region] ?? 0) * workKinds.length;
    return workKinds.map((_, work) => ({
      bytesRead: this.readBy[first + work] ?? 0,
      bytesWritten: this.writtenBy[first + work] ?? 0,
    }));
  }

  /** Everything that is counted and only grows. */
  get counts(): readonly Float64Array[] {
    return [
      ...[this.bytesRead, this.bytesWritten, this.portBytes, this.errorsCorrected, this.errorsDetected],
      ...[this.readBy, this.writtenBy, this.passedBy],
    ];
  }

  /** The counts and then the cycles of the latest accesses. */
  save(): SavedColumns {
    return saveColumns([...this.counts, this.lastAccess]);
  }

  restore(saved: SavedColumns): void {
    restoreColumns([...this.counts, this.lastAccess], saved);
  }
}
