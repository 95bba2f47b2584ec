import { completeFlatConfig, KpuError, memoryKinds, traceCauses, traceOperations } from "@kpu-sim/machine";
import * as v from "valibot";
import { isRecord } from "../../text/check.ts";
import type { TraceEnding, TraceRecording } from "../recording.ts";
import { utf8Text } from "../utf8.ts";
import { fileVersion, slowedBit } from "./file-layout.ts";
import { BlockFault, type FileNumbers } from "./unpack-events.ts";

/** What stands in front of the events of a file. */
export type FileHeader = Pick<TraceRecording, "origin" | "definitions"> & {
  /** Version of the simulator that wrote it. */
  readonly simulator: string;
  readonly numbers: FileNumbers;
};

/** What stands behind them. */
export type FileEnding = TraceEnding & { readonly events: number; readonly dropped: number };

/** Turns the header or the ending of a file of one version into that of the next. */
type Upgrader = (kind: "header" | "ending", json: unknown) => unknown;

/** The upgrader of version n at place n - 1: one less than there are versions. */
export const upgraders: readonly Upgrader[] = [];

const mostInstances = 2 ** 20;
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const name = v.pipe(v.string(), v.maxLength(200));
const names = v.pipe(v.array(name), v.maxLength(64));
/** Keys that are not told, each with such a value; to valibot alone a list would do as well. */
const recordOf = <T>(value: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, Record<string, T>> =>
  v.pipe(v.custom<Record<string, unknown>>(isRecord, "must be a group of keys"), v.record(v.string(), value));
const flatValue = v.union([v.number(), v.boolean(), v.string(), v.array(recordOf(v.number()))]);

const link = v.object({ bandwidthGbps: positive, latencyCycles: count });

const headerSchema = v.object({
  simulator: name,
  clockGhz: positive,
  fidelity: v.picklist(["functional", "transaction", "cycle"]),
  units: v.pipe(
    v.array(
      v.object({
        name,
        kind: v.picklist(["dma", "blockMover", "streamer", "tile", "vector"]),
        id: count,
        machine: count,
      }),
    ),
    v.maxLength(mostInstances),
  ),
  memories: v.pipe(
    v.array(
      v.object({
        name,
        kind: v.picklist(memoryKinds),
        id: count,
        machine: count,
        base: count,
        capacityBytes: count,
        bytesPerCycle: v.pipe(v.number(), v.finite(), v.minValue(0)),
      }),
    ),
    v.maxLength(mostInstances),
  ),
  configs: v.pipe(v.array(recordOf(flatValue)), v.minLength(1), v.maxLength(256)),
  /** Files of older simulators have none. */
  links: v.optional(
    v.object({
      host: v.pipe(v.array(v.object({ fromHost: link, toHost: link })), v.maxLength(256)),
      peer: v.optional(link),
    }),
  ),
  operations: names,
  causes: names,
  definitions: recordOf(v.array(v.object({ name, unit: name, definition: v.pipe(v.string(), v.maxLength(2000)) }))),
});

const figures = recordOf(v.number());
const instances = v.pipe(v.array(figures), v.maxLength(mostInstances));
const endingSchema = v.object({
  events: count,
  dropped: count,
  cycle: count,
  statistics: v.array(
    v.object({
      machine: figures,
      host: instances,
      external: instances,
      l3: instances,
      l2: instances,
      scratchpad: instances,
      dma: instances,
      blockMover: instances,
      streamer: instances,
      tile: instances,
      vector: instances,
    }),
  ),
});

/** The header of a file of some version. Errors: BlockFault. */
export function readHeader(contents: Uint8Array, version: number): FileHeader {
  const header = checked(headerSchema, upgraded(readJson(contents), "header", version), "the header");
  const { clockGhz, fidelity, units, memories, simulator, definitions } = header;
  return {
    simulator,
    definitions,
    origin: {
      ...{ clockGhz, fidelity, units, memories },
      configs: header.configs.map(knownConfig),
      links: header.links && { host: header.links.host, peer: header.links.peer },
    },
    numbers: {
      units: units.length,
      memories: memories.length,
      operations: header.operations.map((each) => placeOf(each, traceOperations, "operation")),
      causes: header.causes.slice(0, slowedBit).map((each) => placeOf(each, traceCauses, "cause")),
    },
  };
}

/** The ending of a file of some version. Errors: BlockFault. */
export function readEnding(contents: Uint8Array, version: number): FileEnding {
  return checked(endingSchema, upgraded(readJson(contents), "ending", version), "the ending");
}

/** What a file of an older version would say in this one. */
export function upgraded(
  json: unknown,
  kind: "header" | "ending",
  version: number,
  steps: readonly Upgrader[] = upgraders,
): unknown {
  return steps.slice(version - 1).reduce((older, step) => step(kind, older), json);
}

/** Why a file of some version cannot be read; undefined if it can. */
export function versionFault(version: number): string | undefined {
  if (version >= 1 && version <= fileVersion) return undefined;
  const why = version > fileVersion ? "a newer version of the simulator wrote it" : "there is no such version";
  return `it is of version ${version}, known are 1 to ${fileVersion}: ${why}`;
}

/** A configuration with all fields. Files of older simulators lack some, which then have their defaults. */
function knownConfig(given: Readonly<Record<string, unknown>>): ReturnType<typeof completeFlatConfig> {
  try {
    return completeFlatConfig(given);
  } catch (error) {
    if (error instanceof KpuError) throw new BlockFault(`its configuration: ${error.message}`);
    throw error;
  }
}

function readJson(contents: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Text(contents));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new BlockFault(`no JSON: ${error.message}`);
    throw error;
  }
}

function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown, what: string): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BlockFault(`${what}: ${v.getDotPath(issue) ?? "the whole"}: ${issue.message.slice(0, 200)}`);
}

function placeOf(wanted: string, all: readonly string[], what: string): number {
  const place = all.indexOf(wanted);
  if (place >= 0) return place;
  throw new BlockFault(`it has ${what} '${wanted}', which this version of the simulator does not know`);
}
