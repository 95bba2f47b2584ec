import {
  bytesFor,
  geometry,
  type MemoryRegion,
  matrixBytes,
  type NumberFormat,
  numberFormats,
  type TransferLayout,
} from "@kpu-sim/machine";
import { parameterBytes } from "./ending.ts";
import type { Spot } from "./hop.ts";
import type { TileSize } from "./operand-lane.ts";
import { tileSize } from "./problem.ts";

/** A matrix in host memory, row-major, each row from a whole byte on. */
type HostMatrix = {
  readonly memory: MemoryRegion;
  readonly offset: number;
  readonly cols: number;
  readonly format: NumberFormat;
};

/** Which way the panels of an operand lie in the matrix: A's are rows of tiles, B's are columns of tiles. */
export type PanelDirection = "rows" | "columns";

/** Parameters of the columns of a matrix, in rows of float32 that lie one behind the other at an offset in host memory. */
type Parameters = { readonly offset: number; readonly rows: number };

/**
 * An operand, or the result, cut into panels: rows of tiles (or columns of tiles) whose tiles lie one behind the other in
 * external memory, in the order in which they are used. The last tile of a column of tiles may have the parameters of its columns
 * behind it, and goes the whole way with them.
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
  readonly #parameters: Parameters;

  constructor(
    host: HostMatrix,
    direction: PanelDirection,
    across: { readonly elements: number; readonly tile: number },
    along: { readonly elements: number; readonly tile: number },
    places: readonly Spot[],
    parameters: Parameters = { offset: 0, rows: 0 },
  ) {
    this.#host = host;
    this.#direction = direction;
    this.#across = across.elements;
    this.#side = across.tile;
    this.#along = along.elements;
    this.#length = along.tile;
    this.#places = places;
    this.#parameters = parameters;
  }

  /** Bytes of a tile, with the parameters behind it. */
  bytesOf(panel: number, tile: number): number {
    const parameters = this.hasParameters(tile) ? parameterBytes * this.#parameters.rows * this.width(panel) : 0;
    return this.#matrixBytes(panel, this.length(tile)) + parameters;
  }

  sizeOf(panel: number, tile: number): TileSize {
    const narrow = this.width(panel) < this.#side ? 2 : 0;
    const short = this.length(tile) < this.#length ? 1 : 0;
    return narrow + short + (this.hasParameters(tile) ? 4 : 0);
  }

  /** Whether a tile is the last of its panel, and there are parameters behind it. */
  hasParameters(tile: number): boolean {
    return this.#parameters.rows > 0 && (tile + 1) * this.#length >= this.#along;
  }

  /** Where a tile lies in external memory. */
  external(panel: number, tile: number): Spot {
    const place = this.#places[panel];
    if (place === undefined) throw new RangeError(`no panel ${panel}`);
    return { memory: place.memory, offset: place.offset + this.#matrixBytes(panel, tile * this.#length) };
  }

  /** Where a tile lies in host memory. */
  host(panel: number, tile: number): Spot {
    const { memory, offset, cols, format } = this.#host;
    const [across, along] = [panel * this.#side, tile * this.#length];
    const [row, col] = this.#direction === "rows" ? [across, along] : [along, across];
    return { memory, offset: offset + row * bytesFor(format, cols) + bytesFor(format, col) };
  }

  /** From host memory into the panel: `tiles` tiles of equal size. */
  packing(panel: number, tile: number, tiles: number): TransferLayout {
    const [width, length] = [this.width(panel), this.length(tile)];
    const isRows = this.#direction === "rows";
    const { rowBytes, elementBytes, elementsOf } = this.#units;
    return geometry.blocks({
      count: tiles,
      rows: isRows ? width : length,
      cols: elementsOf(isRows ? length : width),
      elementBytes,
      sourceRowStride: rowBytes,
      sourceBlockStride: isRows ? elementsOf(length) * elementBytes : length * rowBytes,
    });
  }

  /** From the panel into host memory: one tile. */
  unpacking(panel: number, tile: number): TransferLayout {
    const [width, length] = [this.width(panel), this.length(tile)];
    const [rows, cols] = this.#direction === "rows" ? [width, length] : [length, width];
    const { rowBytes, elementBytes, elementsOf } = this.#units;
    return geometry.tile({ rows, cols: elementsOf(cols), elementBytes, destinationRowStride: rowBytes });
  }

  /** The way of a panel's parameters from host memory to the place behind its last tile. */
  parameters(panel: number): { readonly host: Spot; readonly external: Spot; readonly layout: () => TransferLayout } {
    const { memory } = this.#host;
    const { offset, rows } = this.#parameters;
    const place = this.external(panel, 0);
    return {
      host: { memory, offset: offset + parameterBytes * panel * this.#side },
      external: { memory: place.memory, offset: place.offset + this.#matrixBytes(panel, this.#along) },
      layout: () =>
        geometry.tile({
          rows,
          cols: this.width(panel),
          elementBytes: parameterBytes,
          sourceRowStride: parameterBytes * this.#host.cols,
        }),
    };
  }

  /** Elements across a panel; the last one may be narrower. */
  width(panel: number): number {
    return tileSize(this.#across, this.#side, panel);
  }

  /** Elements along a panel's tile; the last one may be shorter. */
  length(tile: number): number {
    return tileSize(this.#along, this.#length, tile);
  }

  /** Bytes of the first `length` elements along a panel. */
  #matrixBytes(panel: number, length: number): number {
    const { format } = this.#host;
    const width = this.width(panel);
    return this.#direction === "rows" ? matrixBytes(format, width, length) : matrixBytes(format, length, width);
  }

  /** What layouts count in: elements, or bytes where several elements share one. */
  get #units(): {
    readonly rowBytes: number;
    readonly elementBytes: number;
    readonly elementsOf: (count: number) => number;
  } {
    const { format, cols } = this.#host;
    const elementBytes = bytesFor(format, 1);
    const isShared = numberFormats[format].bits < 8;
    return {
      rowBytes: bytesFor(format, cols),
      elementBytes,
      elementsOf: (count) => (isShared ? bytesFor(format, count) : count),
    };
  }
}
