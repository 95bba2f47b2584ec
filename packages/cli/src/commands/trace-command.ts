import type { Command } from "commander";
import {
  queryTrace,
  readTrace,
  summarizeTrace,
  type TraceFilter,
  type TraceRecording,
  traceFile,
  traceFormatOf,
  traceGroupings,
  traceOperations,
  traceOrders,
  traceReasons,
} from "kpu-sim";
import { bytesOf, writeWhole } from "../terminal/files.ts";
import { csv, table } from "../terminal/table.ts";
import { type Terminal, UsageError } from "../terminal/terminal.ts";

const mostTraceBytes = 4 * 2 ** 30;

type QueryOptions = {
  readonly lane?: readonly string[];
  readonly memory?: readonly string[];
  readonly operation?: readonly string[];
  readonly cause?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly minBytes?: string;
  readonly minCycles?: string;
  readonly minWait?: string;
  readonly sort: string;
  readonly ascending?: boolean;
  readonly limit: string;
  readonly by?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
};

export function addTraceCommand(program: Command, terminal: Terminal): void {
  const trace = program.command("trace").description("turn trace files into others, and ask them questions");
  trace
    .command("export <from> <to>")
    .description("write a .kputrace as .pftrace (Perfetto), .json (Chrome) or .csv")
    .action((from: string, to: string) => {
      const format = traceFormatOf(to);
      const recording = read(from);
      writeWhole(to, (sink) => {
        for (const piece of traceFile(recording, format)) sink(piece);
      });
      terminal.err(`${recording.rows.length} events\n`);
    });
  trace
    .command("query <file> [handles...]")
    .description("events of a .kputrace that fit all conditions, or by their handles, such as t-17")
    .option("--lane <names...>", "units, such as 'dma 0', or kinds, such as tile")
    .option("--memory <names...>", "memories read or written, such as 'L2 bank 3', or kinds")
    .option("--operation <names...>", traceOperations.join(", "))
    .option("--cause <names...>", `why it began late or took long: ${traceReasons.join(", ")}`)
    .option("--from <cycle>", "under way at this cycle or later")
    .option("--to <cycle>", "begun before this cycle")
    .option("--min-bytes <count>", "at least so many bytes")
    .option("--min-cycles <count>", "at least so long")
    .option("--min-wait <count>", "waited at least so long")
    .option("--sort <by>", traceOrders.join(", "), "handle")
    .option("--ascending", "least first; by handle it is so anyway")
    .option("--limit <count>", "at most so many events", "20")
    .option("--by <what>", `sums instead of events, by ${traceGroupings.join(", ")}`)
    .option("--json", "as JSON")
    .option("--csv", "as comma-separated values")
    .addHelpText(
      "after",
      `
Examples:
  kpu trace query run.kputrace --lane dma --sort waitedCycles
  kpu trace query run.kputrace --by cause
  kpu trace query run.kputrace t-17`,
    )
    .action((file: string, handles: readonly string[], options: QueryOptions) => {
      const recording = read(file);
      const where = filterOf(handles, options);
      if (options.by === undefined) terminal.out(eventsText(recording, where, options));
      else terminal.out(sumsText(recording, where, options.by, options));
    });
}

function read(file: string): TraceRecording {
  return readTrace([bytesOf(file, mostTraceBytes)]);
}

function filterOf(handles: readonly string[], options: QueryOptions): TraceFilter {
  return {
    handles: handles.length > 0 ? handles : undefined,
    lanes: options.lane,
    memories: options.memory,
    operations: oneOf(options.operation, traceOperations, "--operation"),
    causes: oneOf(options.cause, traceReasons, "--cause"),
    from: numberOf(options.from, "--from"),
    to: numberOf(options.to, "--to"),
    leastBytes: numberOf(options.minBytes, "--min-bytes"),
    leastCycles: numberOf(options.minCycles, "--min-cycles"),
    leastWaitedCycles: numberOf(options.minWait, "--min-wait"),
  };
}

function eventsText(recording: TraceRecording, where: TraceFilter, options: QueryOptions): string {
  const [sort = "handle"] = oneOf([options.sort], traceOrders, "--sort") ?? [];
  const descending = sort !== "handle" && options.ascending !== true;
  const { matches, slices } = queryTrace(recording, {
    where,
    sort,
    descending,
    limit: numberOf(options.limit, "--limit"),
  });
  if (options.json) return `${JSON.stringify({ matches, slices }, undefined, 2)}\n`;
  const headings = ["handle", "unit", "operation", "from", "to", "bytes", "begin", "end", "waited", "for", "ports"];
  const rows = slices.map((slice) => [
    slice.handle,
    slice.unit,
    slice.operation,
    slice.source,
    slice.destination,
    String(slice.bytes),
    String(slice.begin),
    String(slice.end),
    String(slice.waitedCycles),
    slice.cause,
    slice.slowedByPorts ? "slowed" : "",
  ]);
  return options.csv ? csv(headings, rows) : `${table(headings, rows)}${slices.length} of ${matches} events\n`;
}

function sumsText(recording: TraceRecording, where: TraceFilter, by: string, options: QueryOptions): string {
  const [grouping] = oneOf([by], traceGroupings, "--by") ?? [];
  if (grouping === undefined) throw new UsageError("--by needs a name");
  const groups = summarizeTrace(recording, grouping, where);
  if (options.json) return `${JSON.stringify(groups, undefined, 2)}\n`;
  const keys = Object.keys(groups[0] ?? { [by]: "" });
  const rows = groups.map((group) => Object.values(group).map(String));
  return options.csv ? csv(keys, rows) : table(keys, rows);
}

function oneOf<T extends string>(
  given: readonly string[] | undefined,
  known: readonly T[],
  option: string,
): readonly T[] | undefined {
  return given?.map((name) => {
    const found = known.find((each) => each === name);
    if (found !== undefined) return found;
    throw new UsageError(`${option} takes ${known.join(", ")}, got '${name}'`);
  });
}

function numberOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`${option} takes a number from 0, got '${text}'`);
}
