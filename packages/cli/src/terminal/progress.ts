import type { Terminal } from "./terminal.ts";

const leastMs = 100;

/** A line on a terminal that says how far a run is, how fast it goes, and how long it will take; nothing in pipes. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #start: number;
  #last = Number.NEGATIVE_INFINITY;
  #isShown = false;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#start = now();
  }

  show(done: number, whole: number, cycle: number): void {
    const now = this.#now();
    if (!this.#terminal.isWatched || now - this.#last < leastMs) return;
    this.#last = now;
    this.#isShown = true;
    const seconds = Math.max((now - this.#start) / 1000, 1e-3);
    const left = done > 0 ? ((whole - done) * seconds) / done : Number.NaN;
    const eta = Number.isNaN(left) ? "" : `, ${left.toFixed(1)} s left`;
    const share = ((100 * done) / Math.max(whole, 1)).toFixed(0);
    const rate = `${(cycle / seconds / 1e6).toFixed(2)} M cycles/s`;
    this.#terminal.err(`\r\u001b[K${share} %, cycle ${cycle}, ${rate}${eta}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) this.#terminal.err("\r\u001b[K");
    this.#isShown = false;
  }
}
