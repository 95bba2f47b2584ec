/** What is wrong with units and ports: by unit number, and by region. */
export type SavedUnitFaults = {
  readonly late: ReadonlyMap<number, number>;
  readonly lost: ReadonlySet<number>;
  readonly refused: ReadonlyMap<number, number>;
};

/** Completions that come late or are not told to anybody, and ports that grant nothing for a while. */
export class UnitFaults {
  /** By unit: cycles by which its next completion is late. */
  #late = new Map<number, number>();
  /** Units whose next completion nobody is told of. */
  #lost = new Set<number>();
  /** By region: the cycle from which on its port grants again; Infinity for never. */
  #refused = new Map<number, number>();

  get isClean(): boolean {
    return this.#late.size === 0 && this.#lost.size === 0 && this.#refused.size === 0;
  }

  delay(unit: number, cycles: number): void {
    this.#late.set(unit, (this.#late.get(unit) ?? 0) + cycles);
  }

  lose(unit: number): void {
    this.#lost.add(unit);
  }

  refuse(region: number, untilCycle: number): void {
    this.#refused.set(region, Math.max(this.#refused.get(region) ?? 0, untilCycle));
  }

  /** Cycles by which the completion that is due is late; asked once. */
  takeDelay(unit: number): number {
    const cycles = this.#late.get(unit) ?? 0;
    this.#late.delete(unit);
    return cycles;
  }

  /** Whether nobody is told of the present completion; asked once. */
  takeLoss(unit: number): boolean {
    return this.#lost.delete(unit);
  }

  /** The cycle from which on both ports of a transfer grant again; at most `cycle` if they do. */
  refusedUntil(source: number, destination: number, cycle: number): number {
    for (const [region, until] of this.#refused) if (until <= cycle) this.#refused.delete(region);
    return Math.max(this.#refused.get(source) ?? 0, this.#refused.get(destination) ?? 0);
  }

  /** A unit is reset: what was to become of its work is void. */
  forget(unit: number): void {
    this.#late.delete(unit);
    this.#lost.delete(unit);
  }

  clear(): void {
    this.#late.clear();
    this.#lost.clear();
    this.#refused.clear();
  }

  save(): SavedUnitFaults {
    return { late: new Map(this.#late), lost: new Set(this.#lost), refused: new Map(this.#refused) };
  }

  restore({ late, lost, refused }: SavedUnitFaults): void {
    this.#late = new Map(late);
    this.#lost = new Set(lost);
    this.#refused = new Map(refused);
  }
}
