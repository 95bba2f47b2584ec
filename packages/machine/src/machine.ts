import { ComputeTile } from "./compute/compute-tile.ts";
import { VectorUnit } from "./compute/vector/vector-unit.ts";
import type { MachineConfig, ResolvedConfig } from "./config/machine-config.ts";
import { memoryClasses, regionOfClass } from "./config/memory-classes.ts";
import type { Engine } from "./engine/engine.ts";
import type { CreditMeaning } from "./engine/semaphores.ts";
import { type PeriodicProgram, SteadyState } from "./engine/steady-state.ts";
import { KpuError, requireWhole } from "./errors.ts";
import { type Fault, faultOrder } from "./faults/fault.ts";
import type { MemoryErrorRecord } from "./faults/memory-errors.ts";
import { type Network, networkOf } from "./interconnect/network.ts";
import { type MachineParts, machineParts } from "./machine-parts.ts";
import { type MemoryKind, memoryKinds } from "./memory/memory-kind.ts";
import { MemoryRegion } from "./memory/memory-region.ts";
import { DataMover } from "./movement/data-mover.ts";
import type { MoverKind } from "./movement/mover-kind.ts";
import { Semaphore } from "./movement/semaphore.ts";
import { type WaitingRecord, waitingWork } from "./observe/deadlock.ts";
import type { HazardRecord } from "./observe/hazard-log.ts";
import type { HistoryStatus } from "./observe/history.ts";
import { type LinkTraffic, linkFigures, linkTraffic } from "./observe/link-figures.ts";
import { memoryTraffic, type WorkTraffic } from "./observe/memory-traffic.ts";
import type { Checkpoint, HistoryOptions, Recorder, TraceOptions } from "./observe/recorder.ts";
import { formatComponentStatus, formatStatistics } from "./observe/report.ts";
import type { ComponentKind } from "./observe/statistic-definitions.ts";
import { collectFigures, collectStatistics, type Figures, type Statistics } from "./observe/statistics.ts";
import type { Trace } from "./observe/trace.ts";
import { type TraceFacts, traceFactsOf } from "./observe/trace-facts.ts";
import { type TraceOrigin, traceOriginOf } from "./observe/trace-origin.ts";

/** Where the memories of one kind lie in the address space. */
export type MemoryRange = {
  readonly base: number;
  readonly count: number;
  /** Of each; of the largest where they are not alike. */
  readonly capacityBytes: number;
  /** Of each, by id, where they are not alike. */
  readonly capacities: readonly number[] | undefined;
};

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
  readonly #parts: MachineParts;
  readonly #engine: Engine;
  readonly #recorder: Recorder;

  /** Builds an idle machine at cycle 0. Errors: KPU_CONFIG with everything that is wrong with the configuration. */
  constructor(config: MachineConfig = {}) {
    this.#parts = takeHandedOver(config) ?? machineParts(config);
    this.config = this.#parts.config;
    this.#engine = this.#parts.engine;
    this.#recorder = this.#parts.recorder;
  }

  /** The current cycle. */
  get cycle(): number {
    return this.#engine.cycle;
  }

  /** Whether no work is outstanding. */
  get isIdle(): boolean {
    return this.#engine.isIdle;
  }

  /** Whether it shares its engine and the host with others, or is by itself. */
  get isInGroup(): boolean {
    return this.#parts.isInGroup;
  }

  /** Whether a link lies between the host's memory and the machine. */
  get hasHostLink(): boolean {
    return this.#parts.links !== undefined;
  }

  /** Whether this machine has work; in a group others may have some while it has none. */
  get hasWork(): boolean {
    const { outstanding } = this.#engine.units;
    return this.#parts.layout.units.some((unit) => (outstanding[unit] ?? 0) > 0);
  }

  /** The current cycle as time, ns, at the configured clock. */
  get simulatedTimeNs(): number {
    return this.cycle / this.config.clockGhz;
  }

  /** Conflicts found between work in flight, in the order in which the later work started. */
  get hazards(): readonly HazardRecord[] {
    return this.#parts.hazards.records;
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
    const memoryClass = memoryClasses(this.config)[memoryKinds.indexOf(kind)];
    const bandwidthGbps = memoryClass === undefined ? 0 : regionOfClass(memoryClass, id).bandwidthGbps;
    return new MemoryRegion(this.#engine, this.#parts.map, kind, id, bandwidthGbps);
  }

  /** Where the memories of a kind lie: back to back from `base`, in id order. */
  memoryRange(kind: MemoryKind): MemoryRange {
    const { base, count, capacityBytes, offsets, firstRegion } = this.#parts.map.rangeOf(kind);
    const { map } = this.#parts;
    const capacities =
      offsets === undefined ? undefined : Array.from({ length: count }, (_, id) => map.capacityOf(firstRegion + id));
    return { base, count, capacityBytes, capacities };
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
    return new DataMover(this.#parts, kind, id);
  }

  /** A compute tile. Errors: KPU_COMPONENT_ID. */
  tile(id: number): ComputeTile {
    return new ComputeTile(this.#parts, id);
  }

  /** The vector unit of a compute tile, by the tile's id. Errors: KPU_COMPONENT_ID. */
  vector(id: number): VectorUnit {
    return new VectorUnit(this.#parts, id);
  }

  /**
   * What has passed the machine's links to the host and to other machines, by direction (`fromHost`, `toHost`, `fromPeers`, `toPeers`): bytes of completed transfers as
   * `fromHostBytes`, and these over what could have passed so far as `fromHostUtilization`; empty without links.
   */
  linkStatistics(): Figures {
    return linkFigures(this.#parts, this.#parts.number);
  }

  /** What has passed links by kind of engine: of the on-chip network, to the host, and to other machines. */
  linkTraffic(): readonly LinkTraffic[] {
    return linkTraffic(this.#parts);
  }

  /** The on-chip network; undefined for a machine without one. */
  get network(): Network | undefined {
    return networkOf(this.#parts);
  }

  /**
   * A new semaphore with `initial` credits; `name` stands in reports. `grants` says what a credit stands for, data that has arrived
   * or space that has become free, so that statistics and the trace can say what units wait for. It stays when the machine
   * is reset or an older checkpoint is restored, then with its initial credits.
   */
  semaphore(name: string, initial: number = 0, grants: CreditMeaning = "data"): Semaphore {
    requireWhole(initial, "the initial credits of a semaphore", "KPU_ARGUMENT");
    if (grants !== "data" && grants !== "space") {
      throw new KpuError("KPU_ARGUMENT", `a semaphore grants 'data' or 'space', got '${String(grants)}'`);
    }
    const id = this.#parts.semaphores.create(
      name === "" ? `semaphore ${this.#parts.semaphores.count}` : name,
      initial,
      grants,
    );
    return new Semaphore(this.#parts.semaphores, this.#engine, id);
  }

  /** Work at the head of its unit's queue that waits for credits, in order of issue: who waits for what. */
  get waiting(): readonly WaitingRecord[] {
    return waitingWork(this.#engine, this.#parts.unitName, this.#parts.semaphores);
  }

  /**
   * Something goes wrong, from the present cycle on and before its starts; docs/faults.md. It is an input like a host write: a history keeps
   * it, and a reset takes it away. Errors: those of `faultOrder`, with nothing done.
   */
  injectFault(fault: Fault): void {
    this.#engine.fault(faultOrder(fault, this.#parts));
  }

  /** What check bits have found when words were read, in order. */
  get memoryErrors(): readonly MemoryErrorRecord[] {
    const { map, faults } = this.#parts;
    return faults.errors.entries.map(({ kind, cycle, region, offset }) => ({
      kind,
      cycle,
      address: map.baseOf(region) + offset,
      memory: map.nameOf(region),
    }));
  }

  /**
   * Lets a program that repeats itself jump over repetitions on a machine that simulates times only (`timingOnly`), with exactly
   * the same result; elsewhere it does nothing. `callback` is the completion callback out of which `SteadyState.jump` is called.
   */
  steadyState(program: PeriodicProgram, callback: () => void): SteadyState {
    return new SteadyState(this.#engine.skipping, program, callback);
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
    this.#recorder.run(Number.POSITIVE_INFINITY, true, Number.POSITIVE_INFINITY);
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
    if (until === undefined) return this.#recorder.run(Number.POSITIVE_INFINITY, true, rounds);
    requireWhole(until, "the cycle to run to", "KPU_SIZE");
    if (until < this.cycle) {
      throw new KpuError("KPU_PAST", `cannot run to cycle ${until}: the machine is at cycle ${this.cycle} already`, {
        until,
      });
    }
    return this.#recorder.run(until, false, rounds);
  }

  /** Cycle 0, all memories zero, everything issued dropped without callbacks, all counts cleared; the configuration stays. */
  reset(): void {
    this.#recorder.reset();
  }

  /** The completed work that has been traced since the last `startTrace`; empty before. */
  get trace(): Trace {
    return this.#recorder.trace;
  }

  /** Whether completing work is traced. */
  get isTracing(): boolean {
    return this.#engine.tracing.isOn;
  }

  /**
   * Begins a new, empty trace: from now on work is noted when it completes, up to `mostEvents` pieces (default 20 million);
   * further ones are counted. With `addresses` also where they read and wrote. A reset of the machine empties the trace.
   */
  startTrace(options: TraceOptions = {}): void {
    this.#recorder.startTrace(options);
  }

  /** Work that completes is no longer noted; the trace can still be read. */
  stopTrace(): void {
    this.#engine.stopTrace();
  }

  /** What the numbers in the columns of a trace stand for, and what machines it is of. */
  traceOrigin(): TraceOrigin {
    return traceOriginOf(this.#parts);
  }

  /** What `traceProblems` judges a trace of this machine by, as of now. */
  traceFacts(): TraceFacts {
    return traceFactsOf(this.#parts);
  }

  /**
   * The whole state of the machine, for `restore`. Memories are shared until they are written, so it costs little. Callbacks are
   * kept by reference: they run again when time passes them again. Errors: KPU_IN_CALLBACK.
   */
  checkpoint(): Checkpoint {
    return this.#recorder.checkpoint();
  }

  /**
   * Brings back the state of a checkpoint, as often as wanted. Semaphores made since stay, with their initial credits; a history
   * begins anew. Errors: KPU_ARGUMENT for a checkpoint of another machine, KPU_IN_CALLBACK.
   */
  restore(checkpoint: Checkpoint): void {
    this.#recorder.restore(checkpoint);
  }

  /** How far the machine can be rewound; undefined while no history is kept. */
  get history(): HistoryStatus | undefined {
    return this.#recorder.history?.status;
  }

  /**
   * From now on keeps what `rewindTo` needs: everything that comes from outside, and a checkpoint each time something has happened
   * at so many cycles (default 10,000; further apart as the history grows). A reset or a restored checkpoint begins it anew.
   */
  startHistory(options: HistoryOptions = {}): void {
    this.#recorder.startHistory(options);
  }

  /** Forgets the history; the machine stays where it is. */
  stopHistory(): void {
    this.#recorder.stopHistory();
  }

  /**
   * Brings the machine to any cycle of its history, back or forth: as it rested there, with everything that came from outside
   * up to then. Callbacks are not run again on the way. Looking at the past changes nothing; an input or a run there cuts off
   * the recorded future and goes on from there. Errors: KPU_ARGUMENT without a history or outside it, KPU_IN_CALLBACK.
   */
  rewindTo(cycle: number): void {
    this.#recorder.rewindTo(cycle);
  }

  /** Every declared figure of every component (definitions: `statisticDefinitions`). */
  statistics(): Statistics {
    return collectStatistics(this.#parts);
  }

  /** The figures of some components of a kind, as `statistics()` has them for all. Errors: KPU_COMPONENT_ID. */
  figures(kind: Exclude<ComponentKind, "machine">, ids: readonly number[]): readonly Figures[] {
    return collectFigures(this.#parts, kind, ids);
  }

  /** Bytes read and written of all memories of a kind, by the kind of work that did it. */
  traffic(kind: MemoryKind): readonly WorkTraffic[] {
    return memoryTraffic(this.#parts, kind);
  }

  /** The totals as text; `hostMs` adds the time that the host has spent simulating. */
  statisticsText(hostMs?: number): string {
    return formatStatistics(this.statistics(), hostMs);
  }

  /** A line per component as text: state, queue, bytes moved, utilisation. */
  componentStatusText(): string {
    return formatComponentStatus(this.statistics(), this.config, (kind, id) => this.memory(kind, id).base);
  }
}

/** What `machineOfGroup` hands to the constructor, which takes a configuration and nothing else. */
const handedOver = new WeakMap<MachineConfig, MachineParts>();

/** A machine of a group, out of parts that the group has put together; nothing else makes machines so. */
export function machineOfGroup(parts: MachineParts): Machine {
  handedOver.set(parts.config, parts);
  return new Machine(parts.config);
}

function takeHandedOver(config: MachineConfig): MachineParts | undefined {
  const parts = handedOver.get(config);
  handedOver.delete(config);
  return parts;
}
