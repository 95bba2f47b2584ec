import type {
  CreditsUnderTest,
  MachineUnderTest,
  MoverUnderTest,
  ProductOrder,
  RegionUnderTest,
  ScaleOrder,
  SemaphoreUnderTest,
  SynchronizationUnderTest,
  TileUnderTest,
  TransferOrder,
  VectorOrderPlaces,
  VectorUnderTest,
} from "../machine-under-test.ts";
import { type MappedRegion, mapRegions } from "./address-map.ts";
import { Executor } from "./executor.ts";
import { type Hardware, type HardwareConfig, type MemoryKind, resolveHardware, type TileArray } from "./hardware.ts";
import type { ReferenceHazard } from "./hazard-log.ts";
import { ReferenceMemory } from "./memory.ts";
import { accumulatorOf } from "./number-formats.ts";
import { type FurtherPlaces, resolveProduct, resolveTransfer, resolveVector, type TransferEngine } from "./requests.ts";
import type { VectorOrder } from "./vector.ts";
import { type Widths, widthsOf } from "./widths.ts";
import type { Accumulators, Credits, Semaphore, Unit, Work } from "./work.ts";

function element<T>(list: readonly T[], id: number, what: string): T {
  const found = list[id];
  if (found === undefined) {
    throw new Error(`there is no ${what} ${id}`);
  }
  return found;
}

/** Work issued and not complete, waiting and running. */
function outstanding(unit: Unit): number {
  return unit.waiting.length + (unit.running === undefined ? 0 : 1);
}

/**
 * The rules of addresses, transfers, sharing, order and compute as an executable specification: slow and obvious, it steps every cycle.
 * The machine must agree with it in every value, cycle and hazard record.
 */
export class ReferenceMachine implements MachineUnderTest {
  readonly #hardware: Hardware;
  readonly #widths: Widths;
  readonly #regions: readonly MappedRegion[];
  readonly #memories: ReadonlyMap<MappedRegion, ReferenceMemory>;
  readonly #dmas: readonly Unit[];
  readonly #blockMovers: readonly Unit[];
  readonly #streamers: readonly Unit[];
  readonly #tiles: readonly Unit[];
  readonly #vectors: readonly Unit[];
  readonly #accumulators: readonly Accumulators[];
  readonly #executor: Executor;
  readonly #semaphores = new Map<SemaphoreUnderTest, Semaphore>();
  #nextSequence = 0;

  constructor(config: HardwareConfig = {}) {
    const hardware = resolveHardware(config);
    if (hardware.fidelity === "cycle") throw new Error("the reference knows no DRAM");
    this.#hardware = hardware;
    this.#widths = widthsOf(hardware);
    this.#regions = mapRegions(hardware.levels);
    this.#memories = new Map(this.#regions.map((region) => [region, new ReferenceMemory(region.capacityBytes)]));
    let engineNumber = 0;
    const makeUnits = (count: number, kind: string): readonly Unit[] =>
      Array.from({ length: count }, (_, id) => {
        const unit: Unit = { name: `${kind} ${id}`, engineNumber, waiting: [], running: undefined };
        engineNumber += 1;
        return unit;
      });
    // The order of the first three of these lines is the order of engine numbers (rule 11).
    this.#dmas = makeUnits(hardware.dmaCount, "dma");
    this.#blockMovers = makeUnits(hardware.blockMoverCount, "block mover");
    this.#streamers = makeUnits(hardware.streamerCount, "streamer");
    this.#tiles = makeUnits(hardware.tileCount, "tile");
    this.#vectors = makeUnits(hardware.tileCount, "vector");
    this.#accumulators = this.#tiles.map(() => ({ held: 0, full: [] }));
    const units = [...this.#dmas, ...this.#blockMovers, ...this.#streamers, ...this.#tiles, ...this.#vectors];
    this.#executor = new Executor(hardware, this.#widths, this.#regions, units, (region) => this.#memoryOf(region));
  }

  get cycle(): number {
    return this.#executor.cycle;
  }

  get isIdle(): boolean {
    return this.#executor.isIdle;
  }

  get hazards(): readonly ReferenceHazard[] {
    return this.#executor.hazards;
  }

  host(id: number): RegionUnderTest {
    return this.#region("host", id);
  }

  external(id: number): RegionUnderTest {
    return this.#region("external", id);
  }

  l3(id: number): RegionUnderTest {
    return this.#region("l3", id);
  }

  l2(id: number): RegionUnderTest {
    return this.#region("l2", id);
  }

  scratchpad(id: number): RegionUnderTest {
    return this.#region("scratchpad", id);
  }

  dma(id: number): MoverUnderTest {
    return this.#mover(element(this.#dmas, id, "DMA engine"), () => this.#widths.dmas[id] ?? 0n, { dma: id });
  }

  blockMover(id: number): MoverUnderTest {
    return this.#mover(element(this.#blockMovers, id, "block mover"), () => this.#widths.blockMovers[id] ?? 0n);
  }

  streamer(id: number): MoverUnderTest {
    const { streamerRows, streamerColumns } = this.#widths;
    return this.#mover(
      element(this.#streamers, id, "streamer"),
      ({ stream }) => (stream === "columns" ? streamerColumns : streamerRows),
      { isStreamer: true },
    );
  }

  tile(id: number): TileUnderTest {
    const unit = element(this.#tiles, id, "compute tile");
    return {
      matmul: (order) => this.#issueProduct(unit, order, element(this.#hardware.tiles, id, "compute tile")),
      get isBusy(): boolean {
        return outstanding(unit) > 0;
      },
    };
  }

  vector(id: number): VectorUnderTest {
    const unit = element(this.#vectors, id, "vector unit");
    const issue = (places: VectorOrderPlaces, order: VectorOrder, further: FurtherPlaces = {}): void => {
      const { format = "float32" } = places;
      const resolved = resolveVector(this.#hardware, this.#regions, places, order, further, format);
      this.#issue({ unit, ...resolved, onComplete: places.onComplete, ...this.#creditsOf(places) });
    };
    return {
      activation: ({ bias, activation = "none", slope, scale, ...places }) =>
        issue(
          places,
          { kind: "activation", activation, slope, scale: factorOf(scale) },
          { second: bias, scales: placeOf(scale) },
        ),
      elementwise: ({ operator, operand, ...places }) => {
        if ("scalar" in operand) {
          issue(places, { kind: "elementwise", operator, shape: "scalar", scalar: operand.scalar });
          return;
        }
        const [shape, second] =
          "matrix" in operand
            ? (["matrix", operand.matrix] as const)
            : "row" in operand
              ? (["row", operand.row] as const)
              : (["column", operand.column] as const);
        issue(places, { kind: "elementwise", operator, shape, scalar: 0 }, { second });
      },
      reduce: ({ reduction, ...places }) => issue(places, { kind: "reduction", reduction }),
      softmax: (places) => issue(places, { kind: "softmax" }),
      layerNorm: ({ gamma, beta, epsilon, ...places }) =>
        issue(places, { kind: "layerNorm", epsilon }, { second: gamma, third: beta }),
      rmsNorm: ({ gamma, epsilon, ...places }) => issue(places, { kind: "rmsNorm", epsilon }, { second: gamma }),
      get isBusy(): boolean {
        return outstanding(unit) > 0;
      },
      get queueLength(): number {
        return outstanding(unit);
      },
    };
  }

  semaphore(_name: string, initial = 0): SemaphoreUnderTest {
    const semaphore: Semaphore = { initial, credits: initial };
    const handle: SemaphoreUnderTest = {
      get value(): number {
        return semaphore.credits;
      },
      signal: (count = 1) => {
        semaphore.credits += count;
      },
    };
    this.#semaphores.set(handle, semaphore);
    return handle;
  }

  step(count = 1): void {
    this.#executor.step(count);
  }

  runUntil(cycle: number): void {
    this.#executor.runUntil(cycle);
  }

  runFor(cycles: number): void {
    this.#executor.runUntil(this.cycle + cycles);
  }

  runUntilIdle(): void {
    this.#executor.runUntilIdle();
  }

  reset(): void {
    this.#executor.reset();
    this.#nextSequence = 0;
    for (const accumulators of this.#accumulators) {
      accumulators.held = 0;
      accumulators.full.length = 0;
    }
    for (const memory of this.#memories.values()) {
      memory.clear();
    }
    for (const semaphore of this.#semaphores.values()) {
      semaphore.credits = semaphore.initial;
    }
  }

  #region(kind: MemoryKind, id: number): RegionUnderTest {
    const mapped = element(
      this.#regions.filter((region) => region.kind === kind),
      id,
      kind,
    );
    const memory = this.#memoryOf(mapped);
    return {
      base: mapped.base,
      capacityBytes: mapped.capacityBytes,
      read: (offset, count) => memory.read(offset, count),
      write: (offset, bytes) => memory.write(offset, bytes),
    };
  }

  #memoryOf(region: MappedRegion): ReferenceMemory {
    const memory = this.#memories.get(region);
    if (memory === undefined) {
      throw new Error("a region of another machine");
    }
    return memory;
  }

  #mover(
    unit: Unit,
    widthFor: (order: TransferOrder) => bigint,
    { isStreamer = false, dma }: { readonly isStreamer?: boolean; readonly dma?: number } = {},
  ): MoverUnderTest {
    return {
      transfer: (order) => this.#issueTransfer(unit, order, { width: widthFor(order), isStreamer, dma }),
      get isBusy(): boolean {
        return outstanding(unit) > 0;
      },
      get queueLength(): number {
        return outstanding(unit);
      },
    };
  }

  #issueTransfer(unit: Unit, order: TransferOrder, engine: TransferEngine): void {
    const resolved = resolveTransfer(this.#hardware, this.#regions, order, engine);
    this.#issue({ unit, ...resolved, onComplete: order.onComplete, ...this.#creditsOf(order) });
  }

  #creditsOf({ waitFor = [], signal = [] }: SynchronizationUnderTest): Pick<Work, "waitFor" | "signal"> {
    const resolve = (list: readonly (SemaphoreUnderTest | CreditsUnderTest)[]): readonly Credits[] =>
      list.map((each) => {
        const { semaphore, count } = "semaphore" in each ? each : { semaphore: each, count: 1 };
        const own = this.#semaphores.get(semaphore);
        if (own === undefined || !Number.isInteger(count) || count < 1) {
          throw new Error("no such credits");
        }
        return { semaphore: own, count };
      });
    return { waitFor: resolve(waitFor), signal: resolve(signal) };
  }

  #issueProduct(unit: Unit, order: ProductOrder, array: TileArray): void {
    if (outstanding(unit) > 0 && order.queued !== true) {
      throw new Error(`${unit.name} is busy`);
    }
    const credits = this.#creditsOf(order);
    if (order.epilogue === undefined) {
      const resolved = resolveProduct(this.#hardware, this.#regions, order, array, undefined);
      this.#issue({ unit, ...resolved, onComplete: order.onComplete, ...credits });
      return;
    }
    const id = this.#tiles.indexOf(unit);
    const sets = element(this.#accumulators, id, "compute tile");
    const { bias, activation = "none", slope, scale, ...result } = order.epilogue;
    const format = accumulatorOf(order.format ?? "float32");
    if (format === "int32" && scale === undefined) {
      throw new Error("sums of whole numbers need a scale");
    }
    const places = {
      scratchpad: order.scratchpad,
      rows: order.m,
      cols: order.n,
      source: sets,
      destination: order.c,
      resultFormat: order.resultFormat,
      ...result,
    };
    const product = resolveProduct(this.#hardware, this.#regions, order, array, sets);
    const drain = resolveVector(
      this.#hardware,
      this.#regions,
      places,
      { kind: "activation", activation, slope, scale: factorOf(scale) },
      { second: bias, scales: placeOf(scale) },
      format,
    );
    this.#issue({ unit, ...product, onComplete: undefined, waitFor: credits.waitFor, signal: [] });
    const vector = element(this.#vectors, id, "vector unit");
    this.#issue({ unit: vector, ...drain, onComplete: order.onComplete, waitFor: [], signal: credits.signal });
  }

  /** Rule 14: a refused call never gets here and takes no sequence number. */
  #issue(work: Omit<Work, "label">): void {
    const label = { sequence: this.#nextSequence, unit: work.unit.name };
    this.#nextSequence += 1;
    work.unit.waiting.push({ ...work, label });
  }
}

function factorOf(scale: ScaleOrder | undefined): number | undefined {
  return typeof scale === "number" ? scale : undefined;
}

function placeOf(scale: ScaleOrder | undefined): number | undefined {
  return typeof scale === "object" ? scale.row : undefined;
}
