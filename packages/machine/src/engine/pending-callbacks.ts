import { KpuError } from "../errors.ts";
import { replaceAll } from "./columns.ts";

/** Callbacks of the present cycle, each run once, in order. */
export class PendingCallbacks {
  /** Completions put theirs here; those before `#next` have run. */
  readonly list: (() => void)[] = [];
  #next = 0;
  #isRunning = false;

  get isEmpty(): boolean {
    return this.#next >= this.list.length;
  }

  /** The first error stops here and leaves the rest for the next call. */
  run(): void {
    if (this.list.length === 0) return;
    while (!this.isEmpty) {
      const callback = this.list[this.#next++];
      this.#isRunning = true;
      try {
        callback?.();
      } finally {
        this.#isRunning = false;
      }
    }
    this.forget();
  }

  forget(): void {
    this.list.length = 0;
    this.#next = 0;
  }

  requireOutside(action: string, cycle: number): void {
    if (!this.#isRunning) return;
    throw new KpuError(
      "KPU_IN_CALLBACK",
      `cannot ${action} the machine inside a completion callback (cycle ${cycle}): start work there and let the run ` +
        "that is going on carry it out",
    );
  }

  /** Those that have not run, because one before them failed. */
  save(): readonly (() => void)[] {
    return this.list.slice(this.#next);
  }

  restore(saved: readonly (() => void)[]): void {
    replaceAll(this.list, saved);
    this.#next = 0;
  }
}
