import type { Engine } from "../engine/engine.ts";
import type { TransferOrder } from "../engine/transfer-table.ts";
import { hex, hexRange, KpuError, requireFunction } from "../errors.ts";

/** A checked transfer but for its places. */
export type CheckedShape = Pick<
  TransferOrder,
  "bytes" | "patterns" | "links" | "width" | "latencyCycles" | "synchronization"
>;

/** One end of a prepared transfer: a memory, and the largest offset at which all that is touched lies in it. */
export type PreparedEnd = { readonly region: number; readonly name: string; readonly lastOffset: number };

export type PreparedParts = {
  readonly shape: CheckedShape;
  readonly source: PreparedEnd;
  readonly destination: PreparedEnd;
};

/** A transfer of a fixed shape between two memories, ready to be queued again and again on its engine. */
export class PreparedTransfer {
  readonly #engine: Engine;
  readonly #unit: number;
  readonly #parts: PreparedParts;

  constructor(engine: Engine, unit: number, parts: PreparedParts) {
    this.#engine = engine;
    this.#unit = unit;
    this.#parts = parts;
  }

  /** Queues the transfer, from and to these byte offsets in its memories. Refused, with nothing queued: one that does not fit. */
  issue(sourceOffset: number, destinationOffset: number, onComplete?: () => void): void {
    const { shape, source, destination } = this.#parts;
    requireFits(sourceOffset, source, "source");
    requireFits(destinationOffset, destination, "destination");
    requireFunction(onComplete);
    this.#engine.issueTransfer(this.#unit, {
      sourceRegion: source.region,
      sourceOffset,
      destinationRegion: destination.region,
      destinationOffset,
      bytes: shape.bytes,
      patterns: shape.patterns,
      links: shape.links,
      width: shape.width,
      latencyCycles: shape.latencyCycles,
      synchronization: shape.synchronization,
      variant: this.#parts,
      onComplete,
    });
  }
}

function requireFits(offset: number, { name, lastOffset }: PreparedEnd, end: string): void {
  if (Number.isInteger(offset) && offset >= 0 && offset <= lastOffset) return;
  throw new KpuError(
    "KPU_ADDRESS_RANGE",
    `${end} offset ${hex(offset)} in ${name}: ` +
      (lastOffset < 0
        ? "the transfer does not fit into that memory at all"
        : `the transfer fits at offsets ${hexRange(0, lastOffset + 1)}`),
    { end, offset: hex(offset) },
  );
}
