import { KpuError, type LayoutExtents, layoutExtents, type TransferLayout } from "@kpu-sim/machine";

/** What the other side must know of a layout to see by itself whether a transfer stays in its memories. */
export type RegisteredLayout = LayoutExtents & { readonly number: number };

/** The layouts of one simulator by number, until they are forgotten. Numbers begin at 1 and are used again. */
export class LayoutStore {
  readonly #layouts = new Map<number, TransferLayout>();
  readonly #free: number[] = [];

  add(layout: TransferLayout): RegisteredLayout {
    const number = this.#free.pop() ?? this.#layouts.size + 1;
    this.#layouts.set(number, layout);
    return { number, ...layoutExtents(layout) };
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
