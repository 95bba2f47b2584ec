import type {
  CreditsUnderTest,
  MachineUnderTest,
  MoverUnderTest,
  ProductOrder,
  RegionUnderTest,
  SemaphoreUnderTest,
  SynchronizationUnderTest,
  TileUnderTest,
  VectorUnderTest,
} from "../machine-under-test.ts";
import { memoryKinds, moverAt, regionAt } from "../places.ts";
import { type HardwareConfig, resolveHardware } from "../reference/hardware.ts";
import { matrixBytes } from "../reference/number-formats.ts";
import { patternBytes, textOf } from "./contents.ts";
import type {
  RandomCallback,
  RandomHostAccess,
  RandomOp,
  RandomOrdering,
  RandomProduct,
  RandomProgram,
  RandomTransfer,
  RandomVector,
} from "./program.ts";
import { semaphoreCount } from "./programs.ts";
import { extentOf } from "./transfer-extent.ts";
import { issueVector, scaleOrder } from "./vectors.ts";

class RaisedByCallback extends Error {}

function picked<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % list.length];
}

export interface DriverMark {
  readonly lines: number;
  readonly issued: number;
}

/** Runs a random program on one machine and keeps a journal of everything that the program could observe. */
export class ProgramDriver {
  readonly machine: MachineUnderTest;
  readonly regions: readonly RegionUnderTest[];
  /** One line for each thing that happened, in order; two machines that agree have the same lines. */
  readonly journal: string[] = [];
  /** How many hazard exceptions a run call was repeated after; only with `persists`. */
  hazardExceptions = 0;
  readonly #movers: readonly MoverUnderTest[];
  /** Place of the first streamer among the movers. */
  readonly #firstStreamer: number;
  readonly #tiles: readonly TileUnderTest[];
  readonly #vectors: readonly VectorUnderTest[];
  readonly #scratchpads: readonly RegionUnderTest[];
  readonly #semaphores: readonly SemaphoreUnderTest[];
  readonly #program: RandomProgram;
  readonly #persists: boolean;
  #issued = 0;

  /** With `persists`, a run call that an exception ended is repeated until it ends by itself. */
  constructor(machine: MachineUnderTest, config: HardwareConfig, program: RandomProgram, persists = false) {
    this.machine = machine;
    this.#program = program;
    this.#persists = persists;
    const hardware = resolveHardware(config);
    this.#semaphores = Array.from({ length: semaphoreCount }, (_, id) =>
      machine.semaphore(`semaphore ${id}`, id, id === 1 ? "space" : "data"),
    );
    const regionsOf = (index: number): readonly RegionUnderTest[] => {
      const [kind, level] = [memoryKinds[index], hardware.levels[index]];
      return kind === undefined
        ? []
        : Array.from({ length: level?.count ?? 0 }, (_, id) => regionAt(machine, kind, id));
    };
    this.regions = memoryKinds.flatMap((_, index) => regionsOf(index));
    this.#scratchpads = regionsOf(memoryKinds.indexOf("scratchpad"));
    const moversOf = (kind: "dma" | "block mover" | "streamer", count: number): readonly MoverUnderTest[] =>
      Array.from({ length: count }, (_, id) => moverAt(machine, kind, id));
    this.#movers = [
      ...moversOf("dma", hardware.dmaCount),
      ...moversOf("block mover", hardware.blockMoverCount),
      ...moversOf("streamer", hardware.streamerCount),
    ];
    this.#firstStreamer = hardware.dmaCount + hardware.blockMoverCount;
    this.#tiles = Array.from({ length: hardware.tileCount }, (_, id) => machine.tile(id));
    this.#vectors = Array.from({ length: hardware.tileCount }, (_, id) => machine.vector(id));
  }

  /** Gives the windows of all regions contents that differ everywhere, so that a copy from the wrong place shows. */
  fillMemories(): void {
    const { windowBytes } = this.#program;
    for (const [index, region] of this.regions.entries()) {
      const count = Math.min(windowBytes, region.capacityBytes);
      region.write(this.#program.skew, patternBytes(this.#program.granule, index * 41, count - 4));
      region.write(
        region.capacityBytes - count + this.#program.skew,
        patternBytes(this.#program.granule, index * 41 + 17, count - 4),
      );
    }
  }

  perform(op: RandomOp): void {
    switch (op.op) {
      case "step":
        // Repeated steps would add up, so a driver that persists runs to the cycle instead.
        this.#run(this.#persists ? this.#untilAfter(op.cycles) : () => this.machine.step(op.cycles));
        break;
      case "runUntil":
        this.#run(this.#untilAfter(op.cycles));
        break;
      case "runFor":
        this.#run(this.#persists ? this.#untilAfter(op.cycles) : () => this.machine.runFor(op.cycles));
        break;
      case "runUntilIdle":
        this.#run(() => this.machine.runUntilIdle());
        break;
      case "reset":
        this.machine.reset();
        break;
      case "signal":
        picked(this.#semaphores, op.semaphore)?.signal(op.count);
        break;
      default:
        this.#act(op);
    }
  }

  /** How far the program has come. */
  mark(): DriverMark {
    return { lines: this.journal.length, issued: this.#issued };
  }

  /** Goes on from a mark, for a machine that has gone back to where it was then. */
  returnTo({ lines, issued }: DriverMark): void {
    this.journal.length = lines;
    this.#issued = issued;
  }

  /** What can be asked between calls. */
  state(): string {
    return `cycle ${this.machine.cycle}, ${this.machine.isIdle ? "idle" : "not idle"}, ${this.#units()}, credits ${this.#credits()}`;
  }

  #units(): string {
    const movers = this.#movers.map((mover) => `${mover.isBusy ? "busy" : "free"} ${mover.queueLength}`);
    const tiles = this.#tiles.map((tile) => (tile.isBusy ? "busy" : "free"));
    const vectors = this.#vectors.map((unit) => `${unit.isBusy ? "busy" : "free"} ${unit.queueLength}`);
    return `movers ${movers.join(", ")}, tiles ${tiles.join(", ")}, vectors ${vectors.join(", ")}`;
  }

  #credits(): string {
    return this.#semaphores.map(({ value }) => value).join(" ");
  }

  #untilAfter(cycles: number): () => void {
    const target = this.machine.cycle + cycles;
    return () => this.machine.runUntil(target);
  }

  #run(call: () => void): void {
    for (;;) {
      const recordsBefore = this.machine.hazards.length;
      try {
        call();
        return;
      } catch (error) {
        if (error instanceof RaisedByCallback) {
          this.journal.push(`${error.message} came out at ${this.machine.cycle}`);
        } else if (error instanceof Error && error.message.startsWith("deadlock")) {
          this.journal.push(`deadlock at ${this.machine.cycle}`);
          return;
        } else if (this.#persists && this.machine.hazards.length > recordsBefore) {
          this.hazardExceptions += 1;
        } else {
          throw error;
        }
        if (!this.#persists) {
          return;
        }
      }
    }
  }

  #act(op: RandomTransfer | RandomProduct | RandomVector | RandomHostAccess): void {
    switch (op.op) {
      case "transfer":
        this.#attempt("transfer", () => this.#transfer(op));
        break;
      case "matmul":
        this.#attempt("matmul", () => this.#multiply(op));
        break;
      case "vector":
        this.#attempt("vector", () => this.#vector(op));
        break;
      case "hostWrite":
      case "hostRead":
        this.#attempt(op.op, () => this.#accessFromHost(op));
        break;
    }
  }

  /** That a call is refused is an observation; how the refusal is worded is not. */
  #attempt(what: string, call: () => void): void {
    try {
      call();
    } catch {
      this.journal.push(`${what} refused`);
    }
  }

  #transfer(op: RandomTransfer): void {
    const [source, destination] = [picked(this.regions, op.source), picked(this.regions, op.destination)];
    if (source === undefined || destination === undefined) {
      return;
    }
    const { what, sourceReach, destinationReach } = extentOf(op, this.#program.granule);
    picked(this.#movers, op.mover)?.transfer({
      ...what,
      source: source.base + this.#offset(source, op.sourceOffset, sourceReach),
      destination: destination.base + this.#offset(destination, op.destinationOffset, destinationReach),
      stream: op.columns ? "columns" : "rows",
      staggerLanes: this.#staggerLanes(op),
      ...this.#completion(op.callback),
      ...this.#ordering(op.ordering),
    });
    this.#issued += 1;
  }

  /** A stagger that only streamers take is left out for other movers, where it is not there to be refused. */
  #staggerLanes({ mover, stagger }: RandomTransfer): number | undefined {
    const isStreamer = mover % this.#movers.length >= this.#firstStreamer;
    return isStreamer || stagger?.onAnyMover === true ? stagger?.lanes : undefined;
  }

  #multiply(op: RandomProduct): void {
    const scratchpad = picked(this.#scratchpads, op.scratchpad);
    if (scratchpad === undefined || this.#program.granule !== 4) {
      return;
    }
    const { m, n, k } = op;
    const { format = "float32" } = op.formats;
    picked(this.#tiles, op.tile)?.matmul({
      scratchpad: op.scratchpad % this.#scratchpads.length,
      m,
      n,
      k,
      a: this.#offset(scratchpad, op.a, matrixBytes(format, m, k)),
      b: this.#offset(scratchpad, op.b, matrixBytes(format, k, n)),
      c: this.#offset(scratchpad, op.c, 4 * m * n),
      format: op.formats.format,
      resultFormat: op.formats.resultFormat,
      accumulate: op.accumulate,
      dataflow: op.dataflow,
      epilogue: this.#epilogue(scratchpad, op),
      queued: op.ordering !== undefined,
      ...this.#completion(op.callback),
      ...this.#ordering(op.ordering),
    });
    this.#issued += 1;
  }

  #epilogue(scratchpad: RegionUnderTest, { n, epilogue, formats }: RandomProduct): ProductOrder["epilogue"] {
    if (epilogue === undefined) {
      return undefined;
    }
    const { bias, activation, slope, scale } = epilogue;
    const { resultScale, resultZeroPoint } = formats;
    return {
      bias: bias === undefined ? undefined : this.#offset(scratchpad, bias, 4 * n),
      scale: scaleOrder(scale, (place) => this.#offset(scratchpad, place, 4 * n)),
      activation,
      slope,
      resultScale,
      resultZeroPoint,
    };
  }

  #vector(op: RandomVector): void {
    const scratchpad = picked(this.#scratchpads, op.scratchpad);
    const unit = picked(this.#vectors, op.tile);
    if (scratchpad === undefined || unit === undefined || this.#program.granule !== 4) {
      return;
    }
    const common = {
      scratchpad: op.scratchpad % this.#scratchpads.length,
      ...this.#completion(op.callback),
      ...this.#ordering(op.ordering),
    };
    issueVector(unit, op, common, (place, bytes) => this.#offset(scratchpad, place, bytes));
    this.#issued += 1;
  }

  #accessFromHost(op: RandomHostAccess): void {
    const region = picked(this.regions, op.region);
    if (region === undefined) {
      return;
    }
    const bytes = op.elements * this.#program.granule;
    const offset = this.#offset(region, op.offset, bytes);
    if (op.op === "hostWrite") {
      region.write(offset, patternBytes(this.#program.granule, op.value, bytes));
    } else {
      this.journal.push(
        `host read ${this.#issued} at ${this.machine.cycle}: ${textOf(this.#program.granule, region.read(offset, bytes))}`,
      );
    }
  }

  #completion(callback: RandomCallback | undefined): { readonly onComplete?: () => void } {
    const name = this.#issued;
    return callback === undefined ? {} : { onComplete: () => this.#runCallback(name, callback) };
  }

  #ordering(ordering: RandomOrdering | undefined): SynchronizationUnderTest {
    if (ordering === undefined) {
      return {};
    }
    const credits = (ids: readonly number[]): readonly CreditsUnderTest[] =>
      ids.flatMap((id) => {
        const semaphore = this.#semaphores[id];
        return semaphore === undefined ? [] : [{ semaphore, count: ordering.count }];
      });
    return { waitFor: credits(ordering.waitFor), signal: credits(ordering.signal) };
  }

  #runCallback(name: number, callback: RandomCallback): void {
    this.journal.push(`callback ${name} at ${this.machine.cycle}, ${this.#units()}`);
    for (const action of callback) {
      switch (action.op) {
        case "raise":
          throw new RaisedByCallback(`exception of callback ${name}`);
        case "run":
          this.#attempt("run call in a callback", () => this.machine.step());
          break;
        default:
          this.#act(action);
      }
    }
  }

  /** A negative place counts from the end of the region. May give a place that the machine must refuse. */
  #offset(region: RegionUnderTest, place: number, bytes: number): number {
    const { granule, skew } = this.#program;
    const start = place >= 0 ? place * granule : Math.max(0, region.capacityBytes - bytes + place * granule);
    return start + skew;
  }
}
