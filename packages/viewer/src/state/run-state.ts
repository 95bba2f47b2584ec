import {
  type CheckedExpectation,
  type HazardRecord,
  type MatmulReport,
  type MemoryKind,
  type Statistics,
  TraceLinks,
} from "kpu-sim";
import { type Accessor, batch, createSignal } from "solid-js";
import type { ArrayActivity, ArrayPicture } from "../engine/array-watch.ts";
import type { ScanPiece, ScanRequest } from "../engine/change-scan.ts";
import type { RunDescription, RunRequest, ToPage, ToWorker } from "../engine/protocol.ts";
import { LatestQuestion } from "./latest-question.ts";
import { TraceStore } from "./trace-store.ts";

/** Where messages to the engine go; in the page a worker, in tests whatever answers. */
export type EnginePort = {
  readonly post: (message: ToWorker) => void;
  readonly listen: (receive: (message: ToPage) => void) => void;
};

/** Bytes of a memory at a cycle. */
export type MemoryBytes = {
  readonly cycle: number;
  readonly memory: MemoryKind;
  readonly id: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
};

/** When which addresses of a memory changed, as far as it is known. */
export type ChangeMap = {
  readonly request: ScanRequest;
  readonly rows: number;
  /** Columns that are known, from the first on. */
  readonly known: number;
  readonly isComplete: boolean;
  /** Row after row of the first column, then of the next; see `ScanPiece`. */
  readonly cells: Uint8Array;
};

/** What the page knows of a run that was loaded. */
export type LoadedRun = {
  readonly request: RunRequest;
  readonly description: RunDescription;
  readonly trace: TraceStore;
  /** Which links each piece of work passes. */
  readonly links: TraceLinks;
};

/** A run that has ended, for others to be compared with. */
export type FinishedRun = {
  readonly title: string;
  readonly statistics: Statistics;
  readonly run: LoadedRun;
  readonly latestCycle: number;
};

/** A range of cycles that was marked; the end is left out. */
export type CycleRange = { readonly begin: number; readonly end: number };

/**
 * The state of the page: one run, the cursor in it, and what the engine has answered. Views read the signals; only this file talks
 * to the engine. A run that cannot be loaded leaves the present one as it is.
 */
export class RunState {
  readonly #run = createSignal<LoadedRun>();
  readonly #traceVersion = createSignal(0);
  readonly #latestCycle = createSignal(0);
  readonly #isFinished = createSignal(false);
  readonly #progress = createSignal({ done: 0, steps: 0, dropped: 0 });
  readonly #cursor = createSignal(0);
  readonly #statistics = createSignal<Statistics>();
  readonly #finalStatistics = createSignal<Statistics>();
  readonly #report = createSignal<MatmulReport>();
  readonly #hazards = createSignal<readonly HazardRecord[]>([]);
  readonly #expectations = createSignal<readonly CheckedExpectation[]>([]);
  readonly #bytes = createSignal<MemoryBytes>();
  readonly #changes = createSignal<ChangeMap>();
  readonly #failure = createSignal<string>();
  readonly #baseline = createSignal<FinishedRun>();
  readonly #selection = createSignal<CycleRange>();
  readonly #selectedEvent = createSignal<number>();
  readonly #array = createSignal<ArrayPicture>();
  readonly #activity = createSignal<ArrayActivity>();

  readonly run: Accessor<LoadedRun | undefined> = this.#run[0];
  /** Grows with every piece of the trace that arrives: views that draw the trace depend on it. */
  readonly traceVersion: Accessor<number> = this.#traceVersion[0];
  /** The last cycle that has been simulated. */
  readonly latestCycle: Accessor<number> = this.#latestCycle[0];
  readonly isFinished: Accessor<boolean> = this.#isFinished[0];
  readonly progress: Accessor<{ readonly done: number; readonly steps: number; readonly dropped: number }> =
    this.#progress[0];
  /** The cycle at which everything is shown. */
  readonly cursor: Accessor<number> = this.#cursor[0];
  /** The machine's figures at the cursor, or at the cycle for which they came last. */
  readonly statistics: Accessor<Statistics | undefined> = this.#statistics[0];
  readonly finalStatistics: Accessor<Statistics | undefined> = this.#finalStatistics[0];
  readonly report: Accessor<MatmulReport | undefined> = this.#report[0];
  readonly hazards: Accessor<readonly HazardRecord[]> = this.#hazards[0];
  readonly expectations: Accessor<readonly CheckedExpectation[]> = this.#expectations[0];
  readonly bytes: Accessor<MemoryBytes | undefined> = this.#bytes[0];
  readonly changes: Accessor<ChangeMap | undefined> = this.#changes[0];
  /** What went wrong last, in words for the user. */
  readonly failure: Accessor<string | undefined> = this.#failure[0];
  /** The run with which others are compared; it stays when others are loaded. */
  readonly baseline: Accessor<FinishedRun | undefined> = this.#baseline[0];
  readonly selection: Accessor<CycleRange | undefined> = this.#selection[0];
  /** Number in the trace of the work that was picked. */
  readonly selectedEvent: Accessor<number | undefined> = this.#selectedEvent[0];
  /** The array that was asked for last. */
  readonly array: Accessor<ArrayPicture | undefined> = this.#array[0];
  readonly activity: Accessor<ArrayActivity | undefined> = this.#activity[0];

  readonly #port: EnginePort;
  /** The present run, the one that is being loaded, and what that is. */
  #number = 0;
  #lastNumber = 0;
  /** What has been asked for and has not come, by number: one that cannot be made must not take the one before it away. */
  readonly #wanted = new Map<number, RunRequest>();
  #isSeeking = false;
  #seekAgain = false;
  #scan = 0;
  readonly #reading = new LatestQuestion();
  readonly #watching = new LatestQuestion();
  readonly #measuring = new LatestQuestion();

  constructor(port: EnginePort) {
    this.#port = port;
    port.listen((message) => batch(() => this.#receive(message)));
  }

  /** Loads a run and simulates it. What was wrong with it comes as `failure`. */
  load(request: RunRequest): void {
    this.#lastNumber++;
    this.#wanted.set(this.#lastNumber, request);
    this.#port.post({ kind: "load", run: this.#lastNumber, request });
  }

  /** Shows a trace out of a file. What was wrong with it comes as `failure`. */
  openTrace(name: string, bytes: Uint8Array): void {
    this.#lastNumber++;
    this.#wanted.set(this.#lastNumber, { title: name, config: {}, program: { kind: "recorded" } });
    this.#port.post({ kind: "open", run: this.#lastNumber, name, bytes });
  }

  /** Puts the cursor at a cycle, at most the last one that has been simulated. */
  moveTo(cycle: number): void {
    const at = Math.min(Math.max(Math.round(cycle), 0), this.latestCycle());
    if (at === this.cursor()) return;
    this.#cursor[1](at);
    this.#seek();
  }

  /** Makes the present run the one with which others are compared; does nothing before its end. */
  keepAsBaseline(): void {
    const [run, statistics] = [this.run(), this.finalStatistics()];
    if (run !== undefined && statistics !== undefined) {
      this.#baseline[1]({ title: run.description.title, statistics, run, latestCycle: this.latestCycle() });
    }
  }

  /** Makes the present run the one with which others are compared if there is none yet. */
  keepFirst(): void {
    if (this.baseline() === undefined) this.keepAsBaseline();
  }

  select(range: CycleRange | undefined): void {
    this.#selection[1](range);
  }

  selectEvent(event: number | undefined): void {
    this.#selectedEvent[1](event);
  }

  /** Shows a message until the next one, or until it is taken away. */
  tell(message: string | undefined): void {
    this.#failure[1](message);
  }

  /** Asks for bytes at the cursor; they come as `bytes`. While an answer is awaited, only the last question is kept. */
  read(memory: MemoryKind, id: number, offset: number, count: number): void {
    this.#reading.ask(() => {
      this.#port.post({ kind: "read", run: this.#number, cycle: this.cursor(), memory, id, offset, bytes: count });
    });
  }

  /** Asks for the array of a tile, so many cycles after its product that began at `begin`; it comes as `array`. */
  watchArray(tile: number, begin: number, cycle: number): void {
    this.#watching.ask(() => this.#port.post({ kind: "array", run: this.#number, tile, begin, cycle }));
  }

  /** Asks what the elements of a tile's array did in a range of cycles; it comes as `activity`. */
  measureArray(tile: number, { begin, end }: CycleRange): void {
    this.#measuring.ask(() => this.#port.post({ kind: "activity", run: this.#number, tile, begin, end }));
  }

  /**
   * Asks when which addresses changed; the answer comes piece by piece as `changes`. `written` has the cells that are known to have been
   * written; where `isExact` they are all, and nothing is asked.
   */
  scan(request: ScanRequest, written: Uint8Array, isExact: boolean): void {
    this.#scan++;
    const rows = Math.ceil(request.bytes / request.bytesPerRow);
    const columns = Math.max(request.cycles.length - 1, 0);
    const isComplete = isExact || columns === 0;
    this.#changes[1]({ request, rows, known: isExact ? columns : 0, isComplete, cells: written });
    if (!isComplete) this.#port.post({ kind: "scan", run: this.#number, scan: this.#scan, request });
  }

  /** Asks for the figures at the cursor; while an answer is awaited the cursor may move on, and only its last place counts. */
  #seek(): void {
    this.#seekAgain = this.#isSeeking;
    if (this.#isSeeking) return;
    this.#isSeeking = true;
    this.#port.post({ kind: "seek", run: this.#number, cycle: this.cursor() });
  }

  #receive(message: ToPage): void {
    if (message.kind === "failed") {
      if (message.run === this.#number || message.run === this.#lastNumber) this.#failure[1](message.message);
      if (message.run === this.#number) for (const question of this.#questions) question.answered();
      return;
    }
    if (message.kind === "loaded") {
      this.#begin(message.run, message.description);
      return;
    }
    if (message.run !== this.#number) return;
    switch (message.kind) {
      case "progress":
        this.run()?.trace.append(message.columns);
        this.#latestCycle[1](message.latestCycle);
        this.#progress[1]({ done: message.done, steps: message.steps, dropped: message.dropped });
        this.#traceVersion[1]((version) => version + 1);
        break;
      case "finished":
        this.#isFinished[1](true);
        this.#finalStatistics[1](message.statistics);
        this.#report[1](message.report);
        this.#hazards[1](message.hazards);
        this.#expectations[1](message.expectations);
        break;
      case "state":
        this.#isSeeking = false;
        this.#statistics[1](message.statistics);
        if (this.#seekAgain) this.#seek();
        break;
      case "bytes":
        this.#bytes[1](message);
        this.#reading.answered();
        break;
      case "array":
        this.#array[1](message.picture);
        this.#watching.answered();
        break;
      case "activity":
        this.#activity[1](message.activity);
        this.#measuring.answered();
        break;
      case "changes":
        if (message.scan === this.#scan) this.#addChanges(message.piece);
        break;
    }
  }

  get #questions(): readonly LatestQuestion[] {
    return [this.#reading, this.#watching, this.#measuring];
  }

  #addChanges({ first, cells, isLast }: ScanPiece): void {
    const map = this.changes();
    if (map === undefined) return;
    const start = first * map.rows;
    for (const [place, share] of cells.entries()) {
      map.cells[start + place] = Math.max(map.cells[start + place] ?? 0, share);
    }
    this.#changes[1]({ ...map, known: first + cells.length / map.rows, isComplete: isLast });
  }

  /** The present run becomes one that has just been loaded. */
  #begin(number: number, description: RunDescription): void {
    const request = this.#wanted.get(number);
    if (request === undefined) return;
    for (const earlier of this.#wanted.keys()) if (earlier <= number) this.#wanted.delete(earlier);
    const trace = new TraceStore(description.origin.units.length, request.program.kind !== "recorded");
    this.#number = number;
    this.#isSeeking = false;
    this.#seekAgain = false;
    this.#run[1]({ request, description, trace, links: new TraceLinks(description.origin) });
    this.#latestCycle[1](0);
    this.#isFinished[1](false);
    this.#progress[1]({ done: 0, steps: 0, dropped: 0 });
    this.#cursor[1](0);
    this.#statistics[1](undefined);
    this.#finalStatistics[1](undefined);
    this.#report[1](undefined);
    this.#hazards[1]([]);
    this.#expectations[1]([]);
    this.#bytes[1](undefined);
    this.#changes[1](undefined);
    this.#array[1](undefined);
    this.#activity[1](undefined);
    for (const question of this.#questions) question.forget();
    this.#failure[1](undefined);
    this.#selection[1](undefined);
    this.#selectedEvent[1](undefined);
    this.#traceVersion[1]((version) => version + 1);
    this.#seek();
  }
}
