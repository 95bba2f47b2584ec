import type { MappedRegion } from "./address-map.ts";
import type { Hardware } from "./hardware.ts";
import { HazardLog, type ReferenceHazard } from "./hazard-log.ts";
import { hostLinks } from "./host-link.ts";
import { matrixProduct } from "./matrix-product.ts";
import type { ReferenceMemory } from "./memory.ts";
import { allLinks } from "./network.ts";
import { matrixBytes, matrixBytesOf, matrixOf } from "./number-formats.ts";
import { PortSharing } from "./port-sharing.ts";
import { secondBytes, secondCount, vectorResult } from "./vector.ts";
import type { Widths } from "./widths.ts";
import type { RunningWork, Unit, VectorTask, Work } from "./work.ts";

function inOrderOfIssue<T>(things: readonly T[], workOf: (thing: T) => Work): readonly T[] {
  return [...things].sort((a, b) => workOf(a).label.sequence - workOf(b).label.sequence);
}

/** Rule V7: an array has two sets of accumulators. */
const accumulatorSets = 2;

function canStart({ waitFor, task }: Work): boolean {
  if (task.kind === "product" && task.drainsTo !== undefined && task.drainsTo.held === accumulatorSets) {
    return false;
  }
  if (task.kind === "vector" && typeof task.source !== "number" && task.source.full.length === 0) {
    return false;
  }
  return waitFor.every(({ semaphore, count }) => semaphore.credits >= count);
}

/** Runs issued work: rules 5, 8, 10 to 21, 24, 29 and 31. Every cycle is stepped and nothing is remembered that can be found again by looking. */
export class Executor {
  readonly #hardware: Hardware;
  readonly #widths: Widths;
  readonly #memoryOf: (region: MappedRegion) => ReferenceMemory;
  readonly #units: readonly Unit[];
  readonly #sharing: PortSharing;
  /** Names of all links; their ports come after those of the memories. */
  readonly #links: readonly string[];
  readonly #firstLink: number;
  readonly #hazards = new HazardLog();
  #cycle = 0;
  #inFlight: RunningWork[] = [];
  /** Completed work of this cycle whose callback has not run yet. */
  #callbacks: Work[] = [];
  #isRunning = false;
  /** Of running products that end in the vector unit. */
  readonly #sums = new Map<Work, Uint8Array>();

  constructor(
    hardware: Hardware,
    widths: Widths,
    regions: readonly MappedRegion[],
    units: readonly Unit[],
    memoryOf: (region: MappedRegion) => ReferenceMemory,
  ) {
    this.#hardware = hardware;
    this.#widths = widths;
    this.#units = units;
    this.#memoryOf = memoryOf;
    const memoryPorts = regions.map((region) => widths.regionPorts[region.level]?.[region.id] ?? 0n);
    const network = allLinks(hardware.network);
    this.#links = [...hostLinks, ...network];
    this.#firstLink = memoryPorts.length;
    this.#sharing = new PortSharing([...memoryPorts, ...widths.hostLinks, ...network.map(() => widths.networkLink)]);
  }

  get cycle(): number {
    return this.#cycle;
  }

  get isIdle(): boolean {
    const unitsRest = this.#units.every((unit) => unit.running === undefined && unit.waiting.length === 0);
    return unitsRest && this.#callbacks.length === 0;
  }

  get hazards(): readonly ReferenceHazard[] {
    return this.#hazards.records;
  }

  step(count: number): void {
    this.#run(() => {
      for (let done = 0; done < count; done += 1) {
        this.#stepOneCycle();
      }
    });
  }

  runUntil(cycle: number): void {
    this.#run(() => {
      while (this.#cycle < cycle) {
        this.#stepOneCycle();
      }
    });
  }

  runUntilIdle(): void {
    this.#run(() => {
      while (!this.isIdle) {
        if (this.#isStuck()) {
          throw new Error("deadlock");
        }
        if (this.#hardware.fidelity === "functional") {
          this.#runRounds();
        } else {
          this.#stepOneCycle();
        }
      }
    });
  }

  /** Rule 20. */
  reset(): void {
    this.refuseInsideCallback("reset");
    this.#cycle = 0;
    this.#inFlight = [];
    this.#callbacks = [];
    this.#sums.clear();
    this.#sharing.reset();
    this.#hazards.reset();
    for (const unit of this.#units) {
      unit.running = undefined;
      unit.waiting.length = 0;
    }
  }

  refuseInsideCallback(what: string): void {
    if (this.#isRunning) {
      throw new Error(`${what} inside a callback`);
    }
  }

  #run(body: () => void): void {
    this.refuseInsideCallback("a run call");
    this.#isRunning = true;
    try {
      // Rule 19: what an exception left of the cycle's callbacks comes before anything else.
      this.#runCallbacks();
      body();
    } finally {
      this.#isRunning = false;
    }
  }

  /** Rule 15; rule 24 for the functional level, where all rounds of a time come before the next cycle. */
  #stepOneCycle(): void {
    if (this.#hardware.fidelity === "functional") {
      this.#runRounds();
      this.#cycle += 1;
      return;
    }
    this.#startWork();
    this.#grantPorts();
    this.#cycle += 1;
    this.#completeWork(this.#inFlight.filter((running) => this.#isDue(running)));
    this.#runCallbacks();
  }

  #runRounds(): void {
    while (!this.isIdle && !this.#isStuck()) {
      this.#startWork();
      this.#completeWork(this.#inFlight);
      this.#runCallbacks();
    }
  }

  /** Work that waits for nothing but credits. */
  #heads(): readonly Work[] {
    return this.#units.flatMap((unit) => {
      const [head] = unit.waiting;
      return unit.running === undefined && head !== undefined ? [head] : [];
    });
  }

  #isStuck(): boolean {
    const nothingRuns = this.#inFlight.length === 0 && this.#callbacks.length === 0;
    return nothingRuns && !this.#heads().some(canStart);
  }

  #startWork(): void {
    for (const work of inOrderOfIssue(this.#heads(), (head) => head)) {
      if (!canStart(work)) {
        continue;
      }
      for (const { semaphore, count } of work.waitFor) {
        semaphore.credits -= count;
      }
      work.unit.waiting.shift();
      const running = this.#begin(work);
      work.unit.running = running;
      const earlier = this.#inFlight.map((other) => other.work);
      this.#inFlight.push(running);
      this.#trackHazards(work, earlier);
    }
  }

  /** The exception of the raise policy leaves the later starts of the cycle to the next run call, which begins with them. */
  #trackHazards(work: Work, earlier: readonly Work[]): void {
    if (this.#hardware.hazardPolicy === "off") {
      return;
    }
    const added = this.#hazards.started(work, earlier, this.#cycle);
    if (added > 0 && this.#hardware.hazardPolicy === "raise") {
      throw new Error(`hazard at the start of work ${work.label.sequence}`);
    }
  }

  #begin(work: Work): RunningWork {
    const { task } = work;
    const startCycle = this.#cycle;
    if (task.kind === "product") {
      const { scratchpad, m, n, k, formats } = task;
      const memory = this.#memoryOf(scratchpad);
      const before = task.accumulate ? memory.read(task.c, matrixBytes(formats.result, m, n)) : undefined;
      const [a, b] = [matrixBytes(formats.operands, m, k), matrixBytes(formats.operands, k, n)];
      const bytes = matrixProduct(memory.read(task.a, a), memory.read(task.b, b), m, n, k, before, formats);
      if (task.drainsTo !== undefined) task.drainsTo.held += 1;
      const result = task.drainsTo === undefined ? [{ offset: task.c, bytes }] : [];
      if (task.drainsTo !== undefined) this.#sums.set(work, bytes);
      return { work, startCycle, destination: scratchpad, result, fixedCycles: task.cycles, beats: undefined };
    }
    if (task.kind === "vector") {
      const bytes = this.#vectorResult(task);
      const result = [{ offset: task.destination, bytes }];
      const { scratchpad: destination, cycles: fixedCycles } = task;
      return { work, startCycle, destination, result, fixedCycles, beats: undefined };
    }
    const { destination, elementBytes, latencyCycles } = task;
    const memory = this.#memoryOf(task.source);
    // Rule 29: all elements are read now and written together.
    const result = task.elements.map(({ sourceOffset, destinationOffset }) => ({
      offset: destinationOffset,
      bytes: memory.read(sourceOffset, elementBytes),
    }));
    if (task.bytes === 0) {
      return { work, startCycle, destination, result, fixedCycles: latencyCycles, beats: undefined };
    }
    const user = {
      sequence: work.label.sequence,
      engineNumber: work.unit.engineNumber,
      engineWidth: task.engineWidth,
      sourcePort: task.source.port,
      destinationPort: task.destination.port,
      links: task.links.map((name) => this.#firstLink + this.#links.indexOf(name)),
      remaining: BigInt(task.bytes) * this.#widths.partsPerByte,
    };
    // Rules 5 and 31: ports are used from cycle s + L - 1 on, and by as many cycles later as there are further lanes.
    const beats = { fromCycle: startCycle + latencyCycles - 1, user };
    return { work, startCycle, destination, result, fixedCycles: undefined, beats };
  }

  #vectorResult({ scratchpad, order, rows, cols, format, result, ...places }: VectorTask): Uint8Array {
    const { source, second, third, scales } = places;
    const memory = this.#memoryOf(scratchpad);
    const parameters = (offset: number | undefined): readonly number[] | undefined =>
      offset === undefined ? undefined : matrixOf("float32", memory.read(offset, 4 * cols), cols)[0];
    const other = (offset: number | undefined): readonly number[] | undefined => {
      if (offset === undefined || order.kind !== "elementwise") return parameters(offset);
      const bytes = memory.read(offset, secondBytes(order, format, rows, cols));
      return matrixOf(format, bytes, order.shape === "matrix" ? cols : secondCount(order, rows, cols))
        .flat()
        .map(Math.fround);
    };
    const bytes =
      typeof source === "number" ? memory.read(source, matrixBytes(format, rows, cols)) : source.full.shift();
    const matrix = matrixOf(format, bytes ?? new Uint8Array(0), cols);
    const results = vectorResult(order, matrix, other(second), parameters(third), parameters(scales));
    return matrixBytesOf(results, result);
  }

  #passSums(work: Work): void {
    const { task } = work;
    const sums = this.#sums.get(work);
    if (task.kind === "product" && task.drainsTo !== undefined && sums !== undefined) {
      this.#sums.delete(work);
      task.drainsTo.full.push(sums);
    }
    if (task.kind === "vector" && typeof task.source !== "number") {
      task.source.held -= 1;
    }
  }

  #grantPorts(): void {
    const users = this.#inFlight.flatMap(({ beats }) =>
      beats !== undefined && beats.fromCycle <= this.#cycle ? [beats.user] : [],
    );
    this.#sharing.serveCycle(users);
  }

  #isDue(running: RunningWork): boolean {
    if (running.fixedCycles !== undefined) {
      return this.#cycle === running.startCycle + running.fixedCycles;
    }
    return running.beats?.user.remaining === 0n;
  }

  /** Rule 14: all of a cycle's completions are written, in order of issue, before its first callback. */
  #completeWork(completed: readonly RunningWork[]): void {
    for (const { work, result, destination } of inOrderOfIssue(completed, (running) => running.work)) {
      for (const { offset, bytes } of result) {
        this.#memoryOf(destination).write(offset, bytes);
      }
      this.#passSums(work);
      work.unit.running = undefined;
      for (const { semaphore, count } of work.signal) {
        semaphore.credits += count;
      }
      this.#hazards.completed(work.label, this.#cycle);
      if (work.onComplete !== undefined) {
        this.#callbacks.push(work);
      }
    }
    this.#inFlight = this.#inFlight.filter((running) => !completed.includes(running));
  }

  /** A callback leaves the list before it runs: one that raises is not run again (rule 19). */
  #runCallbacks(): void {
    let next = this.#callbacks.shift();
    while (next !== undefined) {
      next.onComplete?.();
      next = this.#callbacks.shift();
    }
  }
}
