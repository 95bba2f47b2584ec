import type { OperandPanels } from "./operand-panels.ts";
import type { Tiling } from "./problem.ts";
import type { Steps } from "./steps.ts";

/**
 * Tells blocks of C apart by all that makes a difference in time: how much of the grid has work, whether operands come from the
 * host, the widths of the panels, and in which banks they lie.
 */
export class BlockKinds {
  readonly #kinds: Int32Array;

  constructor(steps: Steps, tiling: Tiling, a: OperandPanels, b: OperandPanels, c: OperandPanels) {
    const { blockRows, blockCols } = steps;
    const { rowTiles, colTiles } = steps.tiles;
    const { gridRows, gridCols } = tiling;
    const numbers = new Map<string, number>();
    const numberOf = (name: string): number => {
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      return number;
    };
    const rows = Array.from({ length: blockRows }, (_, row) =>
      numberOf(`row ${row === 0} ${describePanels(row * gridRows, gridRows, rowTiles, [a, c])}`),
    );
    const cols = Array.from({ length: blockCols }, (_, col) =>
      numberOf(`col ${col === 0} ${describePanels(col * gridCols, gridCols, colTiles, [b])}`),
    );
    const kindCount = numbers.size;
    this.#kinds = new Int32Array(blockRows * blockCols);
    for (const [row, rowKind] of rows.entries()) {
      for (const [col, colKind] of cols.entries()) this.#kinds[row * blockCols + col] = rowKind * kindCount + colKind;
    }
  }

  /** How many blocks from number `first` on are each of the same kind as the one `period` before it. */
  repeated(first: number, period: number): number {
    let block = first;
    while (block < this.#kinds.length && this.#kinds[block] === this.#kinds[block - period]) block++;
    return block - first;
  }
}

function describePanels(first: number, most: number, count: number, operands: readonly OperandPanels[]): string {
  const panels = Array.from({ length: Math.min(most, count - first) }, (_, index) => first + index);
  return panels
    .map((panel) => operands.map((each) => `${each.width(panel)}:${each.external(panel, 0).memory.id}`).join(","))
    .join(" ");
}
