import { AddressMap, type ClassRange } from "./address-map/address-map.ts";
import { ComputeTile } from "./compute/compute-tile.ts";
import { TileWork } from "./compute/tile-work.ts";
import { flattenConfig, nestConfig } from "./config/flat-config.ts";
import type { MachineConfig, ResolvedConfig } from "./config/machine-config.ts";
import { memoryClasses } from "./config/memory-classes.ts";
import { requireSensible } from "./config/validate.ts";
import { type Widths, widthsOf } from "./config/widths.ts";
import { Engine } from "./engine/engine.ts";
import type { EngineShape } from "./engine/engine-shape.ts";
import type { HandleParts } from "./engine/handle-parts.ts";
import { Semaphores } from "./engine/semaphores.ts";
import { UnitLayout } from "./engine/unit-layout.ts";
import { KpuError, requireWhole } from "./errors.ts";
import { MemoryContents } from "./memory/memory-contents.ts";
import { type MemoryKind, memoryKinds } from "./memory/memory-kind.ts";
import { MemoryRegion } from "./memory/memory-region.ts";
import { DataMover } from "./movement/data-mover.ts";
import type { MoverKind } from "./movement/mover-kind.ts";
import { Semaphore } from "./movement/semaphore.ts";
import { deadlockError, type WaitingRecord } from "./observe/deadlock.ts";
import { HazardLog, type HazardRecord } from "./observe/hazard-log.ts";
import { RegionTotals } from "./observe/region-totals.ts";
import { formatComponentStatus, formatStatistics } from "./observe/report.ts";
import { collectStatistics, type Statistics } from "./observe/statistics.ts";

/** Where the memories of one kind lie in the address space. */
export type MemoryRange = { readonly base: number; readonly count: number; readonly capacityBytes: number };

/**
 * A simulated KPU: memories, engines and compute tiles that one event engine moves through time. Everything the machine
 * does is started explicitly; values arrive exactly in the order that the simulated time gives.
 *
 * ```ts
 * const machine = new Machine({ externalMemory: { bankCount: 2, bankCapacityMb: 64 }, scratchpads: { capacityKb: 256 } });
 * machine.external(0).writeFloat32(0, data);
 * machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes: 1024 });
 * machine.runUntilIdle(); // machine.cycle === 145
 * ```
 */
export class Machine {
  /** The complete configuration, frozen. */
  readonly config: ResolvedConfig;
  readonly #map: AddressMap;
  readonly #layout: UnitLayout;
  readonly #widths: Widths;
  readonly #engine: Engine;
  readonly #totals: RegionTotals;
  readonly #hazards: HazardLog;
  readonly #semaphores = new Semaphores();
  readonly #handleParts: HandleParts;

  /** Builds an idle machine at cycle 0. Errors: KPU_CONFIG with everything that is wrong with the configuration. */
  constructor(config: MachineConfig = {}) {
    this.config = deepFreeze(nestConfig(flattenConfig(config)));
    requireSensible(this.config);
    const classes = memoryClasses(this.config);
    this.#map = new AddressMap(classes);
    this.#layout = new UnitLayout(this.config);
    this.#widths = widthsOf(this.config);
    const contents = new MemoryContents((region) => this.#map.classOf(region).capacityBytes);
    this.#totals = new RegionTotals(this.#map.regionCount);
    this.#hazards = new HazardLog(this.config.hazardPolicy, {
      labelOf: (unit) => ({ sequence: this.#engine.units.sequence[unit] ?? 0, unit: this.#layout.nameOf(unit) }),
      addressOf: (region, offset) => this.#map.baseOf(region) + offset,
    });
    const tiles = new TileWork(this.config.computeTiles);
    this.#engine = new Engine(
      this.#shape(),
      { contents, totals: this.#totals, hazards: this.#hazards, tiles, semaphores: this.#semaphores },
      () => deadlockError(this.cycle, this.waiting),
    );
    this.#handleParts = {
      config: this.config,
      engine: this.#engine,
      layout: this.#layout,
      map: this.#map,
      semaphores: this.#semaphores,
      widths: this.#widths,
    };
  }

  /** The current cycle. */
  get cycle(): number {
    return this.#engine.cycle;
  }

  /** Whether no work is outstanding. */
  get isIdle(): boolean {
    return this.#engine.isIdle;
  }

  /** The current cycle as time, ns, at the configured clock. */
  get simulatedTimeNs(): number {
    return this.cycle / this.config.clockGhz;
  }

  /** Conflicts found between work in flight, in the order in which the later work started. */
  get hazards(): readonly HazardRecord[] {
    return this.#hazards.records;
  }

  /**
   * The earliest cycle at which anything outside can see a change (a completion, a callback): steps that end before it
   * change only the cycle. Infinity when idle.
   */
  get horizon(): number {
    return this.#engine.horizon();
  }

  host(id: number): MemoryRegion {
    return this.memory("host", id);
  }

  external(id: number): MemoryRegion {
    return this.memory("external", id);
  }

  l3(id: number): MemoryRegion {
    return this.memory("l3", id);
  }

  l2(id: number): MemoryRegion {
    return this.memory("l2", id);
  }

  scratchpad(id: number): MemoryRegion {
    return this.memory("scratchpad", id);
  }

  /** A memory by kind and id. Errors: KPU_COMPONENT_ID. */
  memory(kind: MemoryKind, id: number): MemoryRegion {
    const index = memoryKinds.indexOf(kind);
    const bandwidthGbps = memoryClasses(this.config)[index]?.bandwidthGbps ?? 0;
    return new MemoryRegion(this.#engine, this.#map, kind, id, bandwidthGbps);
  }

  /** Where the memories of a kind lie: back to back from `base`, in id order. */
  memoryRange(kind: MemoryKind): MemoryRange {
    const { base, count, capacityBytes } = this.#classOf(kind);
    return { base, count, capacityBytes };
  }

  dma(id: number): DataMover {
    return this.mover("dma", id);
  }

  blockMover(id: number): DataMover {
    return this.mover("blockMover", id);
  }

  streamer(id: number): DataMover {
    return this.mover("streamer", id);
  }

  /** A DMA engine, block mover or streamer by kind and id. Errors: KPU_COMPONENT_ID. */
  mover(kind: MoverKind, id: number): DataMover {
    return new DataMover(this.#handleParts, kind, id);
  }

  /** A compute tile. Errors: KPU_COMPONENT_ID. */
  tile(id: number): ComputeTile {
    return new ComputeTile(this.#handleParts, id);
  }

  /** A new semaphore with `initial` credits; `name` stands in reports. It stays when the machine is reset, with these credits. */
  semaphore(name: string, initial: number = 0): Semaphore {
    requireWhole(initial, "the initial credits of a semaphore", "KPU_ARGUMENT");
    const id = this.#semaphores.create(name === "" ? `semaphore ${this.#semaphores.count}` : name, initial);
    return new Semaphore(this.#semaphores, this.#engine, id);
  }

  /** Work at the head of its unit's queue that waits for credits, in order of issue: who waits for what. */
  get waiting(): readonly WaitingRecord[] {
    return this.#engine.blocked().map(({ unit, synchronization }) => ({
      work: { sequence: this.#engine.units.sequence[unit] ?? 0, unit: this.#layout.nameOf(unit) },
      behind: (this.#engine.units.outstanding[unit] ?? 1) - 1,
      waitsFor: synchronization.waitFor.map(({ semaphore, count }) => ({
        semaphore: this.#semaphores.nameOf(semaphore),
        needed: count,
        available: this.#semaphores.valueOf(semaphore),
      })),
    }));
  }

  /** Advances by so many cycles, whether or not there is work. */
  step(count: number = 1): void {
    this.runFor(requireWhole(count, "the number of steps", "KPU_SIZE"));
  }

  /**
   * Runs until no work is outstanding; the cycle is then that of the last completion. Errors: KPU_DEADLOCK when all that is
   * left waits for credits that nobody will give; the machine then rests and can go on after `Semaphore.signal`.
   */
  runUntilIdle(): void {
    this.#engine.run(Number.POSITIVE_INFINITY, true, Number.POSITIVE_INFINITY);
  }

  /** Runs until the given cycle, which must not lie in the past; an idle machine waits. */
  runUntil(cycle: number): void {
    this.runSlice({ until: cycle });
  }

  /** Runs for so many cycles. */
  runFor(cycles: number): void {
    this.runUntil(this.cycle + requireWhole(cycles, "the number of cycles", "KPU_SIZE"));
  }

  /**
   * Runs until a cycle (default: until idle), but for at most `rounds` events, so that a host can show progress or be
   * interrupted between slices. Returns whether the goal was reached; if not, call again.
   */
  runSlice({
    until,
    rounds = Number.POSITIVE_INFINITY,
  }: {
    readonly until?: number;
    readonly rounds?: number;
  }): boolean {
    if (until === undefined) return this.#engine.run(Number.POSITIVE_INFINITY, true, rounds);
    requireWhole(until, "the cycle to run to", "KPU_SIZE");
    if (until < this.cycle) {
      throw new KpuError("KPU_PAST", `cannot run to cycle ${until}: the machine is at cycle ${this.cycle} already`, {
        until,
      });
    }
    return this.#engine.run(until, false, rounds);
  }

  /** Cycle 0, all memories zero, everything issued dropped without callbacks, all counts cleared; the configuration stays. */
  reset(): void {
    this.#engine.reset();
    this.#semaphores.reset();
  }

  /** Every declared figure of every component (definitions: `statisticDefinitions`). */
  statistics(): Statistics {
    return collectStatistics({
      config: this.config,
      widths: this.#widths,
      engine: this.#engine,
      totals: this.#totals,
      hazardCount: this.#hazards.count,
      simulatedTimeNs: this.simulatedTimeNs,
      regionsOf: (kind) => this.#classOf(kind),
      unitsOf: (kind) => this.#layout.rangeOf(kind),
    });
  }

  /** The totals as text; `hostMs` adds the time that the host has spent simulating. */
  statisticsText(hostMs?: number): string {
    return formatStatistics(this.statistics(), hostMs);
  }

  /** A line per component as text: state, queue, bytes moved, utilisation. */
  componentStatusText(): string {
    return formatComponentStatus(this.statistics(), this.config, (kind, id) => this.memory(kind, id).base);
  }

  #classOf(kind: MemoryKind): ClassRange {
    const range = this.#map.classes[memoryKinds.indexOf(kind)];
    if (range === undefined) throw new RangeError(`no memory kind ${kind}`);
    return range;
  }

  #shape(): EngineShape {
    const { regionCount, classes } = this.#map;
    const portWidths = new Float64Array(regionCount);
    const levels = new Uint8Array(regionCount);
    for (const [level, { firstRegion, count }] of classes.entries()) {
      portWidths.fill(this.#widths.ports[level] ?? 0, firstRegion, firstRegion + count);
      levels.fill(level, firstRegion, firstRegion + count);
    }
    return {
      moverCount: this.#layout.moverCount,
      tileCount: this.config.computeTiles.count,
      unitsPerByte: this.#widths.unitsPerByte,
      portWidths,
      levels,
      levelLatencies: memoryClasses(this.config).map(({ latencyCycles }) => latencyCycles),
      untimed: this.config.fidelity === "functional",
      raisesHazards: this.config.hazardPolicy === "raise",
    };
  }
}

function deepFreeze(config: ResolvedConfig): ResolvedConfig {
  for (const section of Object.values(config)) Object.freeze(section);
  return Object.freeze(config);
}
