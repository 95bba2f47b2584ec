import { geometry, type MemoryRegion, type TransferLayout } from "@kpu-sim/machine";
import type { Spot } from "./hop.ts";
import type { TileSize } from "./operand-lane.ts";
import { tileSize } from "./problem.ts";

/** A matrix in host memory, row-major. */
export type HostMatrix = { readonly memory: MemoryRegion; readonly offset: number; readonly cols: number };

/** Which way the panels of an operand lie in the matrix: A's are rows of tiles, B's are columns of tiles. */
export type PanelDirection = "rows" | "columns";

/**
 * An operand, or the result, cut into panels: rows of tiles (or columns of tiles) whose tiles lie one behind the other in
 * external memory, in the order in which they are used.
 */
export class OperandPanels {
  readonly #host: HostMatrix;
  readonly #direction: PanelDirection;
  /** Elements across the panels, and a panel's width. */
  readonly #across: number;
  readonly #side: number;
  /** Elements along a panel, and a tile's length. */
  readonly #along: number;
  readonly #length: number;
  readonly #places: readonly Spot[];
  readonly #elementBytes: number;

  constructor(
    host: HostMatrix,
    direction: PanelDirection,
    across: { readonly elements: number; readonly tile: number },
    along: { readonly elements: number; readonly tile: number },
    places: readonly Spot[],
    elementBytes: number,
  ) {
    this.#host = host;
    this.#direction = direction;
    this.#across = across.elements;
    this.#side = across.tile;
    this.#along = along.elements;
    this.#length = along.tile;
    this.#places = places;
    this.#elementBytes = elementBytes;
  }

  bytesOf(panel: number, tile: number): number {
    return this.width(panel) * this.length(tile) * this.#elementBytes;
  }

  sizeOf(panel: number, tile: number): TileSize {
    const isNarrow = this.width(panel) < this.#side;
    if (this.length(tile) < this.#length) return isNarrow ? 3 : 1;
    return isNarrow ? 2 : 0;
  }

  /** Where a tile lies in external memory. */
  external(panel: number, tile: number): Spot {
    const place = this.#places[panel];
    if (place === undefined) throw new RangeError(`no panel ${panel}`);
    const before = this.width(panel) * tile * this.#length * this.#elementBytes;
    return { memory: place.memory, offset: place.offset + before };
  }

  /** Where a tile lies in host memory. */
  host(panel: number, tile: number): Spot {
    const [across, along] = [panel * this.#side, tile * this.#length];
    const [row, col] = this.#direction === "rows" ? [across, along] : [along, across];
    return {
      memory: this.#host.memory,
      offset: this.#host.offset + (row * this.#host.cols + col) * this.#elementBytes,
    };
  }

  /** From host memory into the panel: `tiles` tiles of equal size. */
  packing(panel: number, tile: number, tiles: number): TransferLayout {
    const [width, length] = [this.width(panel), this.length(tile)];
    const isRows = this.#direction === "rows";
    const rowBytes = this.#host.cols * this.#elementBytes;
    return geometry.blocks({
      count: tiles,
      rows: isRows ? width : length,
      cols: isRows ? length : width,
      elementBytes: this.#elementBytes,
      sourceRowStride: rowBytes,
      sourceBlockStride: isRows ? length * this.#elementBytes : length * rowBytes,
    });
  }

  /** From the panel into host memory: one tile. */
  unpacking(panel: number, tile: number): TransferLayout {
    const [width, length] = [this.width(panel), this.length(tile)];
    const [rows, cols] = this.#direction === "rows" ? [width, length] : [length, width];
    return geometry.tile({
      rows,
      cols,
      elementBytes: this.#elementBytes,
      destinationRowStride: this.#host.cols * this.#elementBytes,
    });
  }

  /** Elements across a panel; the last one may be narrower. */
  width(panel: number): number {
    return tileSize(this.#across, this.#side, panel);
  }

  /** Elements along a panel's tile; the last one may be shorter. */
  length(tile: number): number {
    return tileSize(this.#along, this.#length, tile);
  }
}
