import { hex, type TraceOrigin, traceCauses, traceOperations } from "@kpu-sim/machine";
import { laneGroups } from "./lanes.ts";
import {
  counterFields,
  explicitOrdering,
  internedEntry,
  internedFields,
  packetField,
  packetFields,
  sequenceFlags,
  trackFields,
} from "./perfetto-fields.ts";
import { ProtoMessage } from "./proto-message.ts";
import type { Curve } from "./traffic.ts";

export const sequenceId = 1;

/** Numbers under which names are interned. */
export const categories = { work: 1, wait: 2 } as const;
export const annotations = {
  bytes: 1,
  source: 2,
  destination: 3,
  waited: 4,
  cause: 5,
  ports: 6,
  begin: 7,
  end: 8,
  number: 9,
} as const;
const annotationNames = [
  "bytes",
  "source",
  "destination",
  "waited_cycles",
  "cause",
  "slowed_by_ports",
  "begin_cycle",
  "end_cycle",
  "event",
];
/** Names of slices: the operations, then waits by cause. */
export const firstWait: number = traceOperations.length + 1;
/** Texts: the causes, then the memories by number. */
export const firstMemory: number = traceCauses.length + 1;

/**
 * Tracks of a Perfetto trace: one for each unit, below one for each kind of units, and counters below one of their own. Units have the
 * uuids from 1 on. What has no events gets no track.
 */
export class PerfettoTracks {
  readonly #origin: TraceOrigin;
  readonly #groups: ReturnType<typeof laneGroups>;
  readonly #isShown: Uint8Array;
  readonly #isGroupShown: Uint8Array;
  readonly #isNamed: Uint8Array;

  constructor(origin: TraceOrigin) {
    this.#origin = origin;
    this.#groups = laneGroups(origin);
    this.#isShown = new Uint8Array(origin.units.length);
    this.#isGroupShown = new Uint8Array(this.#groups.groups.length);
    this.#isNamed = new Uint8Array(origin.memories.length);
  }

  /** What stands at the beginning of a file. */
  beginning(): Uint8Array {
    const names = new ProtoMessage();
    intern(names, internedFields.categories, ["work", "wait"], 1);
    intern(
      names,
      internedFields.eventNames,
      [...traceOperations, ...traceCauses.map((cause) => `wait for ${cause}`)],
      1,
    );
    intern(names, internedFields.annotationNames, annotationNames, 1);
    intern(names, internedFields.annotationTexts, traceCauses, 1);
    const packet = new ProtoMessage()
      .number(packetFields.sequenceId, sequenceId)
      .message(packetFields.internedData, names)
      .number(packetFields.sequenceFlags, sequenceFlags.cleared)
      .number(packetFields.firstOnSequence, 1);
    return new ProtoMessage().message(packetField, packet).bytes();
  }

  /** What has to stand in front of events of units and memories that have not been seen; undefined where all have. */
  news(unit: Uint32Array, source: Uint32Array, destination: Uint32Array): Uint8Array | undefined {
    const file = new ProtoMessage();
    const names = new ProtoMessage();
    let [hasTracks, hasNames] = [false, false];
    for (let row = 0; row < unit.length; row++) {
      const each = unit[row] ?? 0;
      if (this.#isShown[each] === 0) {
        this.#showUnit(file, each);
        hasTracks = true;
      }
      for (const memory of [source[row] ?? 0, destination[row] ?? 0]) {
        if (this.#isNamed[memory] === 1) continue;
        this.#isNamed[memory] = 1;
        const { name = "", base = 0 } = this.#origin.memories[memory] ?? {};
        intern(names, internedFields.annotationTexts, [`${name} at ${hex(base)}`], firstMemory + memory);
        hasNames = true;
      }
    }
    if (hasNames) {
      const packet = new ProtoMessage()
        .number(packetFields.sequenceId, sequenceId)
        .message(packetFields.internedData, names)
        .number(packetFields.sequenceFlags, sequenceFlags.needsState);
      file.message(packetField, packet);
    }
    return hasTracks || hasNames ? file.bytes() : undefined;
  }

  /** Tracks of curves; returns their uuids. */
  counters(file: ProtoMessage, curves: readonly Curve[]): readonly number[] {
    const { groups } = this.#groups;
    const parent = this.#groupUuid(groups.length);
    if (curves.length > 0) {
      const root = new ProtoMessage()
        .number(trackFields.uuid, parent)
        .text(trackFields.name, "Load")
        .number(trackFields.ordering, explicitOrdering);
      addTrack(file, root);
    }
    return curves.map(({ name, unit }, index) => {
      const uuid = parent + 1 + index;
      const counter = new ProtoMessage().text(counterFields.unitName, unit);
      const track = new ProtoMessage()
        .number(trackFields.uuid, uuid)
        .text(trackFields.name, name)
        .number(trackFields.parent, parent)
        .message(trackFields.counter, counter)
        .number(trackFields.rank, index);
      addTrack(file, track);
      return uuid;
    });
  }

  #groupUuid(group: number): number {
    return this.#origin.units.length + 1 + group;
  }

  #showUnit(file: ProtoMessage, unit: number): void {
    this.#isShown[unit] = 1;
    const place = this.#groups.groupOf[unit] ?? 0;
    const parent = this.#groupUuid(place);
    if (this.#isGroupShown[place] === 0) {
      this.#isGroupShown[place] = 1;
      const group = new ProtoMessage()
        .number(trackFields.uuid, parent)
        .text(trackFields.name, this.#groups.groups[place]?.name ?? "")
        .number(trackFields.ordering, explicitOrdering)
        .number(trackFields.rank, place);
      addTrack(file, group);
    }
    const { name = "", id = 0 } = this.#origin.units[unit] ?? {};
    const track = new ProtoMessage()
      .number(trackFields.uuid, unit + 1)
      .text(trackFields.name, name)
      .number(trackFields.parent, parent)
      .number(trackFields.rank, id);
    addTrack(file, track);
  }
}

function addTrack(file: ProtoMessage, track: ProtoMessage): void {
  const packet = new ProtoMessage()
    .number(packetFields.sequenceId, sequenceId)
    .message(packetFields.trackDescriptor, track);
  file.message(packetField, packet);
}

function intern(names: ProtoMessage, field: number, texts: readonly string[], first: number): void {
  for (const [index, text] of texts.entries()) {
    names.message(field, new ProtoMessage().number(internedEntry.iid, first + index).text(internedEntry.text, text));
  }
}
