import type { SavedTraceLog, TraceLog } from "./trace-log.ts";

export type SavedTracing = { readonly log: TraceLog; readonly isOn: boolean; readonly events: SavedTraceLog };

/** Whether completed work is noted, and where. */
export class Tracing {
  /** The trace of the present or latest recording. */
  #log: TraceLog;
  #isOn = false;

  constructor(log: TraceLog) {
    this.#log = log;
  }

  get log(): TraceLog {
    return this.#log;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** The trace that completed work is to be noted in; undefined when nobody wants to know. */
  get target(): TraceLog | undefined {
    return this.#isOn ? this.#log : undefined;
  }

  into(log: TraceLog, isOn: boolean): void {
    this.#log = log;
    this.#isOn = isOn;
  }

  clear(): void {
    this.#log.clear();
  }

  save(): SavedTracing {
    return { log: this.#log, isOn: this.#isOn, events: this.#log.save() };
  }

  restore({ log, isOn, events }: SavedTracing): void {
    log.restore(events);
    this.into(log, isOn);
  }
}
