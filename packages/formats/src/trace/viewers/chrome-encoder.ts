import { hex, type TraceColumns, traceCauses, traceOperations, version } from "@kpu-sim/machine";
import type { ByteOutput } from "../byte-output.ts";
import { Clock } from "../clock.ts";
import { mostDigits, writeBytes, writeDecimal, writeNarrow } from "../decimal-text.ts";
import type { TraceRecording } from "../recording.ts";
import type { TraceEncoder } from "../trace-encoder.ts";
import { utf8Bytes } from "../utf8.ts";
import { Dependencies } from "./dependencies.ts";
import { laneGroups } from "./lanes.ts";
import { TrafficCurves } from "./traffic.ts";

/** What every event has besides names of units and memories. */
const mostFixedBytes = 400 + 12 * (mostDigits + 8);
const flowBytes = 200;
const million = 1e6;

const [microseconds, duration] = [utf8Bytes(',"ts":'), utf8Bytes(',"dur":')];
const [number, bytesKey, waitedKey] = [
  utf8Bytes(',"args":{"event":'),
  utf8Bytes(',"bytes":'),
  utf8Bytes(',"waited_cycles":'),
];
const [beginKey, endKey] = [utf8Bytes(',"begin_cycle":'), utf8Bytes(',"end_cycle":')];
const slowed = utf8Bytes(',"slowed_by_ports":true');
const [closeArgs, close] = [utf8Bytes("}},\n"), utf8Bytes("},\n")];
const flowStart = utf8Bytes('{"name":"credit","cat":"flow","ph":"s","id":');
const flowEnd = utf8Bytes('{"name":"credit","cat":"flow","ph":"f","bp":"e","id":');
const nothing = new Uint8Array(0);

/**
 * The JSON of Chrome's trace viewer, which many tools read: complete events, flow events and counters. Each kind of units is a process
 * with a thread for each unit. Times are microseconds, exact to the picosecond.
 */
export function chromeEncoder({ origin, rows }: TraceRecording, out: ByteOutput): TraceEncoder {
  const clock = new Clock(origin.clockGhz, 1000);
  const { groups, groupOf } = laneGroups(origin);
  const load = groups.length + 1;
  const curves = new TrafficCurves(origin);
  const dependencies = new Dependencies(rows);
  const lanes = origin.units.map(({ id }, unit) => utf8Bytes(`,"pid":${(groupOf[unit] ?? 0) + 1},"tid":${id}`));
  const places = origin.memories.map(({ name, base }) => JSON.stringify(`${name} at ${hex(base)}`));
  const sources = places.map((place) => utf8Bytes(`,"source":${place}`));
  const destinations = places.map((place) => utf8Bytes(`,"destination":${place}`));
  const heads = traceOperations.map((name) => utf8Bytes(`{"name":"${name}","cat":"work","ph":"X"`));
  const waits = traceCauses.map((cause) => utf8Bytes(`{"name":"wait for ${cause}","cat":"wait","ph":"X"`));
  const causes = traceCauses.map((cause) => utf8Bytes(`,"cause":"${cause}"`));
  const longest = (all: readonly Uint8Array[]): number => all.reduce((most, { length }) => Math.max(most, length), 0);
  const mostEventBytes = mostFixedBytes + 4 * longest(lanes) + longest(sources) + longest(destinations);
  const isShown = new Uint8Array(origin.units.length);
  const isGroupShown = new Uint8Array(groups.length);

  /** Names of the lanes of units that have not been seen. */
  const showLanes = (unit: Uint32Array): void => {
    for (const each of unit) {
      if (isShown[each] === 1) continue;
      isShown[each] = 1;
      const group = groupOf[each] ?? 0;
      if (isGroupShown[group] === 0) {
        isGroupShown[group] = 1;
        writeProcess(out, group + 1, groups[group]?.name ?? "");
      }
      const { name = "", id = 0 } = origin.units[each] ?? {};
      writeJson(out, { name: "thread_name", ph: "M", pid: group + 1, tid: id, args: { name } });
      writeJson(out, { name: "thread_sort_index", ph: "M", pid: group + 1, tid: id, args: { sort_index: id } });
    }
  };
  /** A time as microseconds; the picoseconds behind the point. */
  const writeTime = (target: Uint8Array, start: number, picoseconds: number): number => {
    const whole = Math.floor(picoseconds / million);
    const at = writeDecimal(target, start, whole);
    target[at] = 46;
    // Beyond 2^53 picoseconds, two and a half hours, doubles are too coarse for the last places.
    const rest = Math.min(million - 1, Math.max(0, picoseconds - whole * million));
    return writeNarrow(target, at + 1, rest, 6);
  };
  const writeSlice = (
    target: Uint8Array,
    start: number,
    head: Uint8Array,
    lane: Uint8Array,
    from: number,
    to: number,
  ): number => {
    let at = writeBytes(target, writeBytes(target, start, head), lane);
    at = writeTime(target, writeBytes(target, at, microseconds), from);
    return writeTime(target, writeBytes(target, at, duration), to - from);
  };
  const writeArguments = (
    target: Uint8Array,
    start: number,
    columns: TraceColumns,
    row: number,
    index: number,
  ): number => {
    let at = writeDecimal(target, writeBytes(target, start, number), index);
    at = writeDecimal(target, writeBytes(target, at, bytesKey), columns.bytes[row] ?? 0);
    at = writeBytes(target, at, sources[columns.source[row] ?? 0] ?? nothing);
    at = writeBytes(target, at, destinations[columns.destination[row] ?? 0] ?? nothing);
    at = writeDecimal(target, writeBytes(target, at, beginKey), columns.begin[row] ?? 0);
    at = writeDecimal(target, writeBytes(target, at, endKey), columns.end[row] ?? 0);
    const cause = columns.cause[row] ?? 0;
    if (cause > 0) {
      at = writeDecimal(target, writeBytes(target, at, waitedKey), columns.waitedCycles[row] ?? 0);
      at = writeBytes(target, at, causes[cause] ?? nothing);
    }
    if (columns.slowedByPorts[row] === 1) at = writeBytes(target, at, slowed);
    return writeBytes(target, at, closeArgs);
  };
  const writeFlow = (
    target: Uint8Array,
    start: number,
    head: Uint8Array,
    id: number,
    lane: Uint8Array,
    time: number,
  ): number => {
    let at = writeDecimal(target, writeBytes(target, start, head), id);
    at = writeBytes(target, writeBytes(target, at, lane), microseconds);
    return writeBytes(target, writeTime(target, at, time), close);
  };
  const writeEvent = (target: Uint8Array, start: number, columns: TraceColumns, row: number, index: number): number => {
    const lane = lanes[columns.unit[row] ?? 0] ?? nothing;
    const begin = columns.begin[row] ?? 0;
    const [from, to] = [clock.time(begin), clock.time(columns.end[row] ?? 0)];
    const waited = columns.waitedCycles[row] ?? 0;
    let at = start;
    if (waited > 0) {
      const head = waits[columns.cause[row] ?? 0] ?? nothing;
      at = writeBytes(target, writeSlice(target, at, head, lane, clock.time(begin - waited), from), close);
    }
    at = writeSlice(target, at, heads[columns.operation[row] ?? 0] ?? nothing, lane, from, to);
    at = writeArguments(target, at, columns, row, index);
    const producer = columns.producer[row] ?? -1;
    if (producer >= 0) at = writeFlow(target, at, flowEnd, dependencies.idTo(index, producer), lane, from);
    if (!dependencies.hasConsumer(index)) return at;
    at = writeFlow(target, at, flowStart, index + 1, lane, from);
    for (const id of dependencies.furtherIds(index)) at = writeFlow(target, at, flowStart, id, lane, from);
    return at;
  };
  return {
    begin: () => {
      const otherData = {
        simulator: `KPU simulator ${version}`,
        clock_ghz: origin.clockGhz,
        fidelity: origin.fidelity,
      };
      out.text(`{"displayTimeUnit":"ns","otherData":${JSON.stringify(otherData)},"traceEvents":[\n`);
    },
    block: (columns, first, known) => {
      dependencies.lookAhead(known);
      curves.add(columns);
      showLanes(columns.unit);
      for (let row = 0; row < columns.begin.length; row++) {
        out.reserve(mostEventBytes + flowBytes * dependencies.furtherIds(first + row).length);
        out.at = writeEvent(out.bytes, out.at, columns, row, first + row);
      }
    },
    end: (_, count, dropped) => {
      for (const { name, unit, points } of curves.curves()) {
        for (const { cycle, value } of points) {
          const ts = clock.time(cycle) / million;
          writeJson(out, { name, ph: "C", pid: load, ts, args: { [unit]: value } });
        }
      }
      writeProcess(out, load, "Load");
      const end = {
        name: "process_labels",
        ph: "M",
        pid: load,
        args: { labels: `${count} events, ${dropped} dropped` },
      };
      out.text(`${JSON.stringify(end)}\n]}\n`);
    },
  };
}

function writeProcess(out: ByteOutput, pid: number, name: string): void {
  writeJson(out, { name: "process_name", ph: "M", pid, args: { name } });
  writeJson(out, { name: "process_sort_index", ph: "M", pid, args: { sort_index: pid } });
}

/** An entry of the list of events that others follow. */
function writeJson(out: ByteOutput, entry: unknown): void {
  out.text(`${JSON.stringify(entry)},\n`);
}
