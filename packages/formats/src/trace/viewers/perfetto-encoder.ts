import type { TraceColumns } from "@kpu-sim/machine";
import type { ByteOutput } from "../byte-output.ts";
import { Clock } from "../clock.ts";
import { writeU64 } from "../compact/number-bytes.ts";
import type { TraceRecording } from "../recording.ts";
import type { TraceEncoder } from "../trace-encoder.ts";
import { Dependencies } from "./dependencies.ts";
import {
  annotationFields,
  bytesTag,
  eventFields,
  eventTypes,
  fixedTag,
  numberTag,
  packetField,
  packetFields,
  sequenceFlags,
  wideNumberTag,
} from "./perfetto-fields.ts";
import { annotations, categories, firstMemory, firstWait, PerfettoTracks, sequenceId } from "./perfetto-tracks.ts";
import { ProtoMessage, writeVarint } from "./proto-message.ts";
import { TrafficCurves } from "./traffic.ts";

/** Most bytes of an event with its wait; arrows to further consumers come on top, each of `flowBytes`. */
const mostEventBytes = 320;
const flowBytes = 10;
const [flowLow, flowHigh] = fixedTag(eventFields.flow);
const [flowEndLow, flowEndHigh] = fixedTag(eventFields.flowEnd);
const [textLow, textHigh] = wideNumberTag(annotationFields.textId);

/**
 * Perfetto's own format: a slice for each event and each wait on the track of its unit, arrows from events to those that waited for
 * them, and the load as counters. Times are nanoseconds.
 */
export function perfettoEncoder({ origin, rows }: TraceRecording, out: ByteOutput): TraceEncoder {
  const clock = new Clock(origin.clockGhz, 1);
  const tracks = new PerfettoTracks(origin);
  const curves = new TrafficCurves(origin);
  const dependencies = new Dependencies(rows);
  const isCycle = origin.clockGhz === 1;
  /** The time that an event waited for credits, as a slice of its own in front of it. */
  const writeWait = (target: Uint8Array, start: number, columns: TraceColumns, row: number): number => {
    const waited = columns.waitedCycles[row] ?? 0;
    if (waited === 0) return start;
    const track = (columns.unit[row] ?? 0) + 1;
    const begin = columns.begin[row] ?? 0;
    const name = firstWait + (columns.cause[row] ?? 0);
    const at = openSlice(target, start, clock.time(begin - waited), track, name, categories.wait);
    closePacket(target, start, at);
    return writeEnd(target, at, clock.time(begin), track);
  };
  /** Ends of arrows: from the producer, and to all consumers. */
  const writeFlows = (target: Uint8Array, start: number, index: number, producer: number): number => {
    let at = start;
    if (producer >= 0) at = writeFlow(target, at, flowEndLow, flowEndHigh, dependencies.idTo(index, producer));
    if (!dependencies.hasConsumer(index)) return at;
    at = writeFlow(target, at, flowLow, flowHigh, index + 1);
    for (const id of dependencies.furtherIds(index)) at = writeFlow(target, at, flowLow, flowHigh, id);
    return at;
  };
  const writeEvent = (target: Uint8Array, start: number, columns: TraceColumns, row: number, index: number): number => {
    const track = (columns.unit[row] ?? 0) + 1;
    const [begin, end] = [columns.begin[row] ?? 0, columns.end[row] ?? 0];
    const name = (columns.operation[row] ?? 0) + 1;
    let at = openSlice(target, start, clock.time(begin), track, name, categories.work);
    at = writeAnnotations(target, at, columns, row, index);
    if (!isCycle) {
      at = writeNumber(target, at, annotations.begin, begin);
      at = writeNumber(target, at, annotations.end, end);
    }
    at = writeFlows(target, at, index, columns.producer[row] ?? -1);
    closePacket(target, start, at);
    return writeEnd(target, at, clock.time(end), track);
  };
  return {
    begin: () => out.write(tracks.beginning()),
    block: (columns, first, known) => {
      dependencies.lookAhead(known);
      curves.add(columns);
      const news = tracks.news(columns.unit, columns.source, columns.destination);
      if (news !== undefined) out.write(news);
      for (let row = 0; row < columns.begin.length; row++) {
        out.reserve(mostEventBytes + flowBytes * dependencies.furtherIds(first + row).length);
        const at = writeWait(out.bytes, out.at, columns, row);
        out.at = writeEvent(out.bytes, at, columns, row, first + row);
      }
    },
    end: () => {
      const shown = curves.curves();
      const file = new ProtoMessage();
      const uuids = tracks.counters(file, shown);
      out.write(file.bytes());
      for (const [index, { points }] of shown.entries()) {
        for (const { cycle, value } of points) out.write(counterPacket(clock.time(cycle), uuids[index] ?? 0, value));
      }
    },
  };
}

/** Places of the event within its packet: the packet's length stands behind its first byte, that of the event behind `#`. */
const lengthBytes = 2;

/** A packet with the begin of a slice, but for its lengths; returns the place behind it. */
function openSlice(
  target: Uint8Array,
  start: number,
  time: number,
  track: number,
  name: number,
  category: number,
): number {
  let at = openEvent(target, start, time, eventTypes.begin, track);
  target[at++] = numberTag(eventFields.name);
  at = writeVarint(target, at, name);
  target[at++] = numberTag(eventFields.category);
  target[at++] = category;
  return at;
}

function writeEnd(target: Uint8Array, start: number, time: number, track: number): number {
  const at = openEvent(target, start, time, eventTypes.end, track);
  closePacket(target, start, at);
  return at;
}

function openEvent(target: Uint8Array, start: number, time: number, type: number, track: number): number {
  let at = start;
  target[at] = bytesTag(packetField);
  at += 1 + lengthBytes;
  target[at++] = numberTag(packetFields.sequenceId);
  target[at++] = sequenceId;
  target[at++] = numberTag(packetFields.sequenceFlags);
  target[at++] = sequenceFlags.needsState;
  target[at++] = numberTag(packetFields.timestamp);
  at = writeVarint(target, at, time);
  target[at++] = bytesTag(packetFields.trackEvent);
  at += lengthBytes;
  target[at++] = numberTag(eventFields.type);
  target[at++] = type;
  target[at++] = numberTag(eventFields.track);
  return writeVarint(target, at, track);
}

/** Bytes between the start of a packet and its timestamp. */
const timeOffset = 1 + lengthBytes + 4 + 1;

/** Fills in the two lengths of a packet whose last field is its event. */
function closePacket(target: Uint8Array, start: number, end: number): void {
  let event = start + timeOffset;
  while ((target[event] ?? 0) > 127) event++;
  event += 2;
  writeLength(target, event, end - event - lengthBytes);
  writeLength(target, start + 1, end - start - 1 - lengthBytes);
}

/** A length below 2^14 in two bytes, as varints may be written. */
function writeLength(target: Uint8Array, at: number, length: number): void {
  target[at] = (length & 127) | 128;
  target[at + 1] = length >> 7;
}

function writeAnnotations(
  target: Uint8Array,
  start: number,
  columns: TraceColumns,
  row: number,
  index: number,
): number {
  let at = writeNumber(target, start, annotations.number, index);
  at = writeNumber(target, at, annotations.bytes, columns.bytes[row] ?? 0);
  at = writeText(target, at, annotations.source, firstMemory + (columns.source[row] ?? 0));
  at = writeText(target, at, annotations.destination, firstMemory + (columns.destination[row] ?? 0));
  const cause = columns.cause[row] ?? 0;
  if (cause > 0) {
    at = writeNumber(target, at, annotations.waited, columns.waitedCycles[row] ?? 0);
    at = writeText(target, at, annotations.cause, cause + 1);
  }
  if (columns.slowedByPorts[row] === 1) {
    target[at++] = bytesTag(eventFields.annotation);
    target[at++] = 4;
    target[at++] = numberTag(annotationFields.name);
    target[at++] = annotations.ports;
    target[at++] = numberTag(annotationFields.bool);
    target[at++] = 1;
  }
  return at;
}

function writeNumber(target: Uint8Array, start: number, name: number, value: number): number {
  target[start] = bytesTag(eventFields.annotation);
  target[start + 2] = numberTag(annotationFields.name);
  target[start + 3] = name;
  target[start + 4] = numberTag(annotationFields.uint);
  const at = writeVarint(target, start + 5, value);
  target[start + 1] = at - start - 2;
  return at;
}

function writeText(target: Uint8Array, start: number, name: number, textId: number): number {
  target[start] = bytesTag(eventFields.annotation);
  target[start + 2] = numberTag(annotationFields.name);
  target[start + 3] = name;
  target[start + 4] = textLow;
  target[start + 5] = textHigh;
  const at = writeVarint(target, start + 6, textId);
  target[start + 1] = at - start - 2;
  return at;
}

function writeFlow(target: Uint8Array, at: number, low: number, high: number, id: number): number {
  target[at] = low;
  target[at + 1] = high;
  writeU64(target, at + 2, id);
  return at + flowBytes;
}

function counterPacket(time: number, track: number, value: number): Uint8Array {
  const event = new ProtoMessage()
    .number(eventFields.type, eventTypes.counter)
    .number(eventFields.track, track)
    .double(eventFields.double, value);
  const packet = new ProtoMessage()
    .number(packetFields.timestamp, time)
    .number(packetFields.sequenceId, sequenceId)
    .message(packetFields.trackEvent, event);
  return new ProtoMessage().message(packetField, packet).bytes();
}
