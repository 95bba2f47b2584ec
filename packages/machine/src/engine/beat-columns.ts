import type { LinkLists, LinkRange } from "../interconnect/link-lists.ts";
import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";

/** Columns of the transfers in their beat phase, by engine number. Amounts are whole units (config/widths.ts). */
export class BeatColumns {
  readonly sourcePort: Int32Array;
  readonly destinationPort: Int32Array;
  /** The ports of the links on the way, as a range of `links.ports`; an empty one where there are none. */
  readonly firstLink: Int32Array;
  readonly endLink: Int32Array;
  /** Units the engine itself moves per cycle. */
  readonly width: Float64Array;
  /** Units that the transfer moves per cycle when it has its ports for itself. */
  readonly rateAlone: Float64Array;
  /** Units still to be granted at the cycle for which they were counted last. */
  readonly remaining: Float64Array;
  /** Units each port moves per cycle. */
  readonly portWidths: Float64Array;
  readonly links: LinkLists;

  constructor(moverCount: number, portWidths: Float64Array, links: LinkLists) {
    this.sourcePort = new Int32Array(moverCount);
    this.destinationPort = new Int32Array(moverCount);
    this.firstLink = new Int32Array(moverCount);
    this.endLink = new Int32Array(moverCount);
    this.width = new Float64Array(moverCount);
    this.rateAlone = new Float64Array(moverCount);
    this.remaining = new Float64Array(moverCount);
    this.portWidths = portWidths;
    this.links = links;
  }

  setPorts(mover: number, source: number, destination: number, { first, end }: LinkRange): void {
    this.sourcePort[mover] = source;
    this.destinationPort[mover] = destination;
    this.firstLink[mover] = first;
    this.endLink[mover] = end;
  }

  /** How many ports a transfer uses: those of its source, of its destination and of the links on its way. */
  portCountOf(mover: number): number {
    return 2 + (this.endLink[mover] ?? 0) - (this.firstLink[mover] ?? 0);
  }

  /** One of them: 0 is that of the source, 1 that of the destination, which may be the same. */
  portOf(mover: number, index: number): number {
    if (index === 0) return this.sourcePort[mover] ?? 0;
    if (index === 1) return this.destinationPort[mover] ?? 0;
    return this.links.ports[(this.firstLink[mover] ?? 0) + index - 2] ?? 0;
  }

  /** Whether two transfers use the same ports. */
  areAlike(mover: number, other: number): boolean {
    return (
      this.sourcePort[mover] === this.sourcePort[other] &&
      this.destinationPort[mover] === this.destinationPort[other] &&
      this.firstLink[mover] === this.firstLink[other] &&
      this.endLink[mover] === this.endLink[other]
    );
  }

  save(): SavedColumns {
    return saveColumns(this.#columns);
  }

  restore(saved: SavedColumns): void {
    restoreColumns(this.#columns, saved);
  }

  get #columns(): readonly Column[] {
    return [
      this.sourcePort,
      this.destinationPort,
      this.firstLink,
      this.endLink,
      this.width,
      this.rateAlone,
      this.remaining,
    ];
  }

  /**
   * Units a transfer moves per cycle when it has its ports for itself; a copy within one port halves the port. What links
   * move is in `width` already.
   */
  aloneRate(source: number, destination: number, width: number): number {
    const sourceWidth = this.portWidths[source] ?? 0;
    if (source === destination) return Math.min(width, sourceWidth / 2);
    return Math.min(width, sourceWidth, this.portWidths[destination] ?? 0);
  }
}
