import { ChangeScan } from "./change-scan.ts";
import type { ToPage, ToWorker } from "./protocol.ts";
import { RecordedSession } from "./recorded-session.ts";
import { type RunSession, Session } from "./session.ts";

/** A slice of simulation ends after about so many milliseconds, so that the page's messages get through. */
const sliceMs = 30;
const leastRounds = 1000;

let session: RunSession | undefined;
let run = 0;
let isPaused = false;
let rounds = leastRounds;
let isScheduled = false;
let scan: { readonly number: number; readonly job: ChangeScan } | undefined;

function post(message: ToPage, transfer: readonly Transferable[] = []): void {
  self.postMessage(message, { transfer: [...transfer] });
}

function fail(error: unknown, number: number = run): void {
  post({ kind: "failed", run: number, message: error instanceof Error ? error.message : String(error) });
}

/** Goes on simulating when the messages that wait have been served. */
function schedule(): void {
  const canAdvance = !isPaused && session !== undefined && !session.isFinished;
  if (isScheduled || (!canAdvance && scan === undefined)) return;
  isScheduled = true;
  setTimeout(() => {
    isScheduled = false;
    advance();
    goOnScanning();
    schedule();
  });
}

/** Looks at a memory's past for as long as a slice of simulation takes. */
function goOnScanning(): void {
  if (scan === undefined) return;
  const { number, job } = scan;
  try {
    const end = performance.now() + sliceMs;
    const piece = job.advance(() => performance.now() < end);
    if (piece.isLast) scan = undefined;
    post({ kind: "changes", run, scan: number, piece }, [piece.cells.buffer]);
  } catch (error) {
    scan = undefined;
    fail(error);
  }
}

function advance(): void {
  if (session === undefined || isPaused || session.isFinished) return;
  try {
    const start = performance.now();
    const slice = session.advance(rounds);
    const elapsed = Math.max(performance.now() - start, 0.1);
    rounds = Math.max(leastRounds, Math.round((rounds * Math.min(4, sliceMs / elapsed)) / 2 + rounds / 2));
    const { columns } = slice;
    post(
      { kind: "progress", run, ...slice },
      Object.values(columns).map((column) => column.buffer),
    );
    if (slice.isFinished) {
      const report = session.report();
      const expectations = session.expectations();
      post({
        kind: "finished",
        run,
        latestCycle: slice.latestCycle,
        statistics: session.statisticsAt(slice.latestCycle),
        report,
        hazards: session.hazards,
        expectations,
      });
    }
  } catch (error) {
    session = undefined;
    fail(error);
  }
}

/** Begins with a session; where it cannot be made the present one stays. */
function begin(number: number, make: () => RunSession): void {
  try {
    const next = make();
    session = next;
    run = number;
    rounds = leastRounds;
    isPaused = false;
    scan = undefined;
    post({ kind: "loaded", run, description: next.description });
  } catch (error) {
    fail(error, number);
  }
}

function serve(message: ToWorker): void {
  switch (message.kind) {
    case "load":
      begin(message.run, () => new Session(message.request));
      break;
    case "open":
      begin(message.run, () => new RecordedSession(message.name, message.bytes));
      break;
    case "pause":
      isPaused = message.isPaused;
      break;
    case "seek":
      if (session === undefined || message.run !== run) return;
      post({ kind: "state", run, cycle: message.cycle, statistics: session.statisticsAt(message.cycle) });
      break;
    case "read": {
      if (session === undefined || message.run !== run) return;
      const { cycle, memory, id, offset } = message;
      const bytes = session.bytesAt(cycle, memory, id, offset, message.bytes);
      post({ kind: "bytes", run, cycle, memory, id, offset, bytes }, [bytes.buffer]);
      break;
    }
    case "array":
      if (session === undefined || message.run !== run) return;
      post({ kind: "array", run, picture: session.arrays?.at(message.tile, message.begin, message.cycle) });
      break;
    case "activity": {
      if (session === undefined || message.run !== run) return;
      const { tile, begin: from, end } = message;
      post({ kind: "activity", run, activity: session.arrays?.activityIn(tile, from, end) });
      break;
    }
    case "scan": {
      if (session === undefined || message.run !== run) return;
      const looked = session;
      scan = { number: message.scan, job: new ChangeScan(message.request, (...place) => looked.bytesAt(...place)) };
      break;
    }
  }
}

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  try {
    serve(data);
  } catch (error) {
    fail(error);
  }
  schedule();
});
