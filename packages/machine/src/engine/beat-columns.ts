import { type Column, restoreColumns, type SavedColumns, saveColumns } from "./columns.ts";

const none = -1;

/** Source, destination, first link and second link, each by engine number; -1 where a transfer has none. */
export type PortColumns = readonly [Int32Array, Int32Array, Int32Array, Int32Array];

/** Columns of the transfers in their beat phase, by engine number. Amounts are whole units (config/widths.ts). */
export class BeatColumns {
  readonly sourcePort: Int32Array;
  readonly destinationPort: Int32Array;
  /** Ports of the links on the way, by which machines are connected with the host and with each other; -1 for none. */
  readonly firstLink: Int32Array;
  readonly secondLink: Int32Array;
  /** Units the engine itself moves per cycle. */
  readonly width: Float64Array;
  /** Units that the transfer moves per cycle when it has its ports for itself. */
  readonly rateAlone: Float64Array;
  /** Units still to be granted at the cycle for which they were counted last. */
  readonly remaining: Float64Array;
  /** Units each port moves per cycle. */
  readonly portWidths: Float64Array;
  /** The four columns of ports. */
  readonly ports: PortColumns;

  constructor(moverCount: number, portWidths: Float64Array) {
    this.sourcePort = new Int32Array(moverCount);
    this.destinationPort = new Int32Array(moverCount);
    this.firstLink = new Int32Array(moverCount).fill(none);
    this.secondLink = new Int32Array(moverCount).fill(none);
    this.width = new Float64Array(moverCount);
    this.rateAlone = new Float64Array(moverCount);
    this.remaining = new Float64Array(moverCount);
    this.portWidths = portWidths;
    this.ports = [this.sourcePort, this.destinationPort, this.firstLink, this.secondLink];
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
      this.secondLink,
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
