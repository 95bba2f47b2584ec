import type { OperandPanels } from "./operand-panels.ts";
import type { Tiling } from "./problem.ts";
import type { Steps } from "./steps.ts";

/**
 * Tells steps apart by all that makes a difference in time. Of a step's block of C: how much of the grid has work, whether operands
 * come from the host, the widths of the panels, and in which banks they lie. Of its tile of k: whether it is the first or the
 * last, and how many come from the host together with it.
 */
export class StepKinds {
  readonly #steps: Steps;
  /** By block: its kind, and its kind as far as it decides what comes from the host. */
  readonly #blocks: Int32Array;
  readonly #stagings: Int32Array;
  /** By tile of k, in blocks that bring nothing from the host and in those that do. */
  readonly #depths: Int32Array;
  readonly #stagedDepths: Int32Array;

  constructor(steps: Steps, tiling: Tiling, a: OperandPanels, b: OperandPanels, c: OperandPanels) {
    this.#steps = steps;
    const { blockRows, blockCols } = steps;
    const { rowTiles, colTiles, depthTiles } = steps.tiles;
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
    this.#blocks = new Int32Array(blockRows * blockCols);
    this.#stagings = new Int32Array(blockRows * blockCols);
    for (const [row, rowKind] of rows.entries()) {
      for (const [col, colKind] of cols.entries()) {
        const block = row * blockCols + col;
        const kind = rowKind * kindCount + colKind;
        const active = steps.activeRows({ blockRow: row }) * (gridCols + 1) + steps.activeCols({ blockCol: col });
        this.#blocks[block] = kind;
        this.#stagings[block] = steps.isStaging(block * depthTiles) ? 2 * kind + 1 : 2 * active;
      }
    }
    this.#depths = Int32Array.from({ length: depthTiles }, (_, depth) => endsOf(depth, depthTiles));
    this.#stagedDepths = this.#depths.map((ends, depth) => steps.stagedTogether(depth) * 4 + ends);
  }

  /**
   * How many steps from number `first` on are each of the same kind as the one `period` before it, where what comes from the host
   * stays the same for another `ahead` steps.
   */
  repeated(first: number, period: number, ahead: number): number {
    const issued = this.#sameUntil(this.#blocks, first, period, this.#steps.count);
    const staged = this.#sameUntil(this.#stagings, issued, period, Math.min(issued + ahead, this.#steps.count));
    return Math.min(issued, staged - ahead) - first;
  }

  /** The first step from number `start` on that is not the same as the one `period` before it; `end` if there is none before that. */
  #sameUntil(blocks: Int32Array, start: number, period: number, end: number): number {
    const { depthTiles } = this.#steps.tiles;
    // Whole blocks come again where the period is so many blocks.
    const stride = period % depthTiles === 0 ? depthTiles : 1;
    let step = start;
    while (step < end && this.#isSame(blocks, step, step - period)) step += stride - (step % stride);
    return Math.min(step, end);
  }

  #isSame(blocks: Int32Array, step: number, other: number): boolean {
    const { depthTiles } = this.#steps.tiles;
    const block = Math.floor(step / depthTiles);
    const kind = blocks[block] ?? 0;
    if (kind !== blocks[Math.floor(other / depthTiles)]) return false;
    const [depth, otherDepth] = [step % depthTiles, other % depthTiles];
    if ((this.#stagings[block] ?? 0) % 2 === 1) return this.#stagedDepths[depth] === this.#stagedDepths[otherDepth];
    return blocks === this.#stagings || this.#depths[depth] === this.#depths[otherDepth];
  }
}

/** Whether a tile of k is the first one, and whether the last, which alone may be smaller. */
function endsOf(depth: number, depthTiles: number): number {
  return (depth === 0 ? 1 : 0) + (depth === depthTiles - 1 ? 2 : 0);
}

function describePanels(first: number, most: number, count: number, operands: readonly OperandPanels[]): string {
  const panels = Array.from({ length: Math.min(most, count - first) }, (_, index) => first + index);
  return panels
    .map((panel) => operands.map((each) => `${each.width(panel)}:${each.external(panel, 0).memory.id}`).join(","))
    .join(" ");
}
