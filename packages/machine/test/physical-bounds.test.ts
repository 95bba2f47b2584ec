import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest } from "./machine-under-test.ts";
import { type MoverKind, memoryKinds, moverAt, regionAt } from "./places.ts";
import { crowdedHardware } from "./random/machines.ts";
import { fuzzParameters, fuzzTimeoutMs } from "./random/runs.ts";
import { type HardwareConfig, pathLatencyBetween, resolveHardware } from "./reference/hardware.ts";
import { type Widths, widthsOf } from "./reference/widths.ts";

/** What holds whatever the order of service is; judged from completion cycles alone, without the reference's simulation. */

interface PlannedMove {
  readonly mover: MoverKind;
  readonly moverId: number;
  /** Places of source and destination level in the chain, host first. */
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly columns: boolean;
  /** More than one for streamers only. */
  readonly lanes: number;
  /** Cycles that the program waits after issuing it. */
  readonly pause: number;
}

interface ObservedMove extends PlannedMove {
  readonly startCycle: number;
  readonly completionCycle: number;
}

const place = fc.integer({ min: 0, max: 4 });
const anyMove: fc.Arbitrary<PlannedMove> = fc.record({
  mover: fc.constantFrom<MoverKind>("dma", "block mover", "streamer"),
  moverId: fc.integer({ min: 0, max: 2 }),
  from: place,
  to: place,
  bytes: fc.integer({ min: 1, max: 1500 }),
  columns: fc.boolean(),
  lanes: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 24 })),
  pause: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 })),
});
const move = anyMove.map((planned) => (planned.mover === "streamer" ? planned : { ...planned, lanes: 1 }));

/** All transfers are between the regions number 0 of their levels, so that a level stands for one port. */
function observe(machine: MachineUnderTest, moves: readonly PlannedMove[]): readonly ObservedMove[] {
  const observed: ObservedMove[] = [];
  const lastCompletion = new Map<string, number>();
  const address = (level: number): number => regionAt(machine, memoryKinds[level] ?? "host", 0).base;
  for (const planned of moves) {
    const { mover, moverId, from, to, bytes, columns, lanes, pause } = planned;
    const issueCycle = machine.cycle;
    moverAt(machine, mover, moverId).transfer({
      source: address(from),
      destination: address(to) + 8192,
      bytes,
      stream: columns ? "columns" : "rows",
      ...(lanes === 1 ? {} : { staggerLanes: lanes }),
      onComplete: () => {
        const engine = `${mover} ${moverId}`;
        const startCycle = Math.max(issueCycle, lastCompletion.get(engine) ?? 0);
        lastCompletion.set(engine, machine.cycle);
        observed.push({ ...planned, startCycle, completionCycle: machine.cycle });
      },
    });
    machine.step(pause);
  }
  machine.runUntilIdle();
  return observed;
}

function engineWidth(widths: Widths, { mover, moverId, columns }: PlannedMove): bigint {
  switch (mover) {
    case "dma":
      return widths.dmas[moverId] ?? 0n;
    case "block mover":
      return widths.blockMovers[moverId] ?? 0n;
    case "streamer":
      return columns ? widths.streamerColumns : widths.streamerRows;
  }
}

/** From the start to the last cycle without a beat (rules 5 and 31). */
function cyclesToFirstBeat(config: HardwareConfig, { from, to, lanes }: PlannedMove): number {
  const { levels } = resolveHardware(config);
  const end = (level: number) => ({ level, latencyCycles: levels[level]?.regions[0]?.latencyCycles ?? 0 });
  return pathLatencyBetween(levels, end(from), end(to)) + lanes - 2;
}

function aloneCycles(config: HardwareConfig, planned: PlannedMove): number {
  const widths = widthsOf(resolveHardware(config));
  const { from, to, bytes } = planned;
  const [source = 0n, destination = 0n] = [widths.regionPorts[from]?.[0], widths.regionPorts[to]?.[0]];
  const limits = from === to ? [source / 2n] : [source, destination];
  const width = limits.reduce((least, each) => (each < least ? each : least), engineWidth(widths, planned));
  const beats = Number((BigInt(bytes) * widths.partsPerByte + width - 1n) / width);
  return cyclesToFirstBeat(config, planned) + beats;
}

describe.each(implementations)("physical bounds, $name", ({ create }) => {
  it(
    "no transfer is faster than alone, and an undisturbed one is as fast",
    () => {
      const property = fc.property(
        crowdedHardware,
        fc.array(move, { minLength: 1, maxLength: 16 }),
        (config, moves) => {
          const observed = observe(create(config), moves);
          expect(observed.length).toBe(moves.length);
          for (const seen of observed) {
            const cycles = seen.completionCycle - seen.startCycle;
            expect(cycles).toBeGreaterThanOrEqual(aloneCycles(config, seen));
            if (moves.length === 1) {
              expect(cycles).toBe(aloneCycles(config, seen));
            }
          }
        },
      );
      fc.assert(property, fuzzParameters(40));
    },
    fuzzTimeoutMs,
  );

  it(
    "no port moves more than its bytes per cycle over any stretch of a run",
    () => {
      const property = fc.property(
        crowdedHardware,
        fc.array(move, { minLength: 2, maxLength: 16 }),
        (config, moves) => {
          const widths = widthsOf(resolveHardware(config));
          const observed = observe(create(config), moves).map((seen) => ({
            ...seen,
            firstBeat: seen.startCycle + cyclesToFirstBeat(config, seen),
          }));
          for (const [port, [width = 0n]] of widths.regionPorts.entries()) {
            const users = observed.filter((seen) => seen.from === port || seen.to === port);
            for (const { firstBeat: begin } of users) {
              for (const { completionCycle: end } of users) {
                const inside = users.filter((seen) => seen.firstBeat >= begin && seen.completionCycle <= end);
                const moved = inside.reduce((sum, seen) => sum + seen.bytes * (seen.from === seen.to ? 2 : 1), 0);
                const capacity = width * BigInt(Math.max(0, end - begin));
                expect(BigInt(moved) * widths.partsPerByte <= capacity).toBe(true);
              }
            }
          }
        },
      );
      fc.assert(property, fuzzParameters(40));
    },
    fuzzTimeoutMs,
  );
});
