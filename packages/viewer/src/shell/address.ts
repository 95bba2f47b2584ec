import { type Accessor, createEffect } from "solid-js";
import type { Program, RunRequest } from "../engine/protocol.ts";
import type { RunState } from "../state/run-state.ts";

/** What an address says of the page; what it leaves out is as at first. */
export type PagePlace = {
  readonly request: RunRequest | undefined;
  readonly view: string | undefined;
  readonly cycle: number | undefined;
  /** Name of a file that the page's server serves beside it. */
  readonly file: string | undefined;
  /** What was wrong with it, for the user. */
  readonly fault: string | undefined;
};

/** Longer addresses are not read. */
const mostCharacters = 100_000;
const mostWorkload = 20_000;
const writeAfterMs = 400;

/** The part of an address behind `#` that brings back a run, a view and a cycle. */
export function addressOf(request: RunRequest, view: string, cycle: number): string {
  return `#${new URLSearchParams({ run: JSON.stringify(request), view, cycle: String(cycle) })}`;
}

/** Reads the part of an address behind `#`. Whatever is wrong with it is a `fault`, and the rest is as at first. */
export function placeOf(hash: string): PagePlace {
  const parts = new URLSearchParams(hash.slice(1, mostCharacters));
  const cycle = Number(parts.get("cycle") ?? Number.NaN);
  const place = {
    view: parts.get("view") ?? undefined,
    cycle: Number.isSafeInteger(cycle) && cycle >= 0 ? cycle : undefined,
    file: parts.get("file")?.slice(0, 200),
  };
  const run = parts.get("run");
  if (run === null) return { ...place, request: undefined, fault: undefined };
  const request = requestOf(run);
  const fault =
    request === undefined ? "The address names no run that can be read; this is the first example." : undefined;
  return { ...place, request, fault };
}

/** Keeps the address as the page is. At first goes to the cycle with which the page began as soon as that has been simulated. */
export function keepAddress(state: RunState, view: Accessor<string | undefined>, start: PagePlace): void {
  // Inside of a document (a notebook, say) the page has no address of its own.
  const hasAddress = location.protocol !== "about:";
  let wanted = start.cycle;
  let { fault } = start;
  createEffect(() => {
    if (state.run() === undefined || fault === undefined) return;
    state.tell(fault);
    fault = undefined;
  });
  createEffect(() => {
    const latest = state.latestCycle();
    if (wanted === undefined || (latest < wanted && !state.isFinished())) return;
    state.moveTo(wanted);
    wanted = undefined;
  });
  let timer = 0;
  createEffect(() => {
    const run = state.run();
    const shown = view();
    const cycle = state.cursor();
    if (!hasAddress || run === undefined || shown === undefined) return;
    const { program } = run.request;
    // A trace is in no address, nor is a workload that makes it too long for some readers.
    if (program.kind === "recorded" || (program.kind === "workload" && program.text.length > mostWorkload)) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (wanted === undefined) history.replaceState(null, "", addressOf(run.request, shown, cycle));
    }, writeAfterMs);
  });
}

/** A run out of text from outside; the machine checks the rest when it is built. */
function requestOf(text: string): RunRequest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || typeof value["title"] !== "string" || !isObject(value["config"])) return undefined;
    const program = programOf(value["program"]);
    return program === undefined
      ? undefined
      : { title: value["title"].slice(0, 200), config: value["config"], program };
  } catch {
    return undefined;
  }
}

function programOf(value: unknown): Program | undefined {
  if (!isObject(value)) return undefined;
  if (value["kind"] === "transfer" && typeof value["bytes"] === "number")
    return { kind: "transfer", bytes: value["bytes"] };
  const { text, format, request } = value;
  if (value["kind"] === "workload" && typeof text === "string" && (format === "yaml" || format === "json")) {
    return { kind: "workload", text, format };
  }
  if (value["kind"] !== "matmul" || !isObject(request)) return undefined;
  const { m, n, k, ...others } = request;
  if (typeof m !== "number" || typeof n !== "number" || typeof k !== "number") return undefined;
  const isPlain = Object.values(others).every((each) => ["number", "string", "boolean"].includes(typeof each));
  return isPlain ? { kind: "matmul", request: { ...others, m, n, k } } : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
