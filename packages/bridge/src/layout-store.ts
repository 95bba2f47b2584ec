import { KpuError, type Layout, type TransferLayout } from "@kpu-sim/machine";

/** What the other side must know of a layout to see by itself whether a transfer stays in its memories. */
export type RegisteredLayout = {
  readonly number: number;
  /** Size of the transfer. */
  readonly bytes: number;
  /** From the address to the end of the last byte that is touched. */
  readonly sourceExtent: number;
  readonly destinationExtent: number;
};

/** The layouts of one simulator by number, until they are forgotten. Numbers begin at 1 and are used again. */
export class LayoutStore {
  readonly #layouts = new Map<number, TransferLayout>();
  readonly #free: number[] = [];

  add(layout: TransferLayout): RegisteredLayout {
    const number = this.#free.pop() ?? this.#layouts.size + 1;
    this.#layouts.set(number, layout);
    return {
      number,
      bytes: elementsOf(layout.source) * layout.source.elementBytes,
      sourceExtent: extentOf(layout.source),
      destinationExtent: extentOf(layout.destination),
    };
  }

  get(number: number): TransferLayout {
    const layout = this.#layouts.get(number);
    if (layout !== undefined) return layout;
    throw new KpuError("KPU_ARGUMENT", `layout ${number} is not registered with this simulator`);
  }

  /** Work that has been issued keeps its layout. Forgetting what is not there does nothing. */
  forget(number: number): void {
    if (this.#layouts.delete(number)) this.#free.push(number);
  }
}

function elementsOf({ counts, starts }: Layout): number {
  return counts.reduce((product, count) => product * count, starts?.length ?? 1);
}

function extentOf(layout: Layout): number {
  const { elementBytes, counts, strides, starts = [0] } = layout;
  if (elementsOf(layout) === 0) return 0;
  const lastStart = starts.reduce((last, start) => Math.max(last, start), 0);
  return counts.reduce(
    (extent, count, dimension) => extent + (count - 1) * (strides[dimension] ?? 0),
    lastStart + elementBytes,
  );
}
