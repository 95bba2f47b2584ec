import {
  arrayCycles,
  type GroupConfig,
  Machine,
  type MachineConfig,
  MachineGroup,
  type MemoryKind,
  memoryKinds,
  moverKinds,
  type NumberFormat,
  numberFormats,
  reaches,
} from "@kpu-sim/machine";

/** One thing that was tried. */
export type SelfTestCheck = { readonly name: string; readonly passed: boolean; readonly detail: string };

export type SelfTestReport = { readonly passed: boolean; readonly checks: readonly SelfTestCheck[] };

const transferBytes = 1000;
/** Memories of a kind that are tried one by one; of more, the first and the last ones. */
const mostTried = 64;

/**
 * Exercises a machine of the given configuration and compares with expected values: every memory, a transfer by every
 * engine and between every pair of levels, a matrix product and a vector
 * operation on every tile. It runs on a machine of its own and touches
 * nothing else. `build` replaces the machine's constructor in tests.
 */
export function selfTest(
  config: MachineConfig,
  build: (config: MachineConfig) => Machine = (each) => new Machine(each),
): SelfTestReport {
  // What cannot be read back cannot be compared.
  return reportOf(machineChecks(build({ ...config, timingOnly: false })));
}

/** The same for every machine of a group, and a transfer from each to each of its neighbours, there and back. */
export function groupSelfTest(config: GroupConfig): SelfTestReport {
  const machines = config.machines.map((each) => ({ ...each, timingOnly: false }));
  const group = new MachineGroup({ ...config, machines });
  const own = group.machines.flatMap((machine, kpu) =>
    machineChecks(machine).map(({ name, ...rest }) => ({ name: `KPU ${kpu}: ${name}`, ...rest })),
  );
  return reportOf([...own, ...group.machines.flatMap((_, kpu) => neighbourChecks(group, kpu))]);
}

function machineChecks(machine: Machine): SelfTestCheck[] {
  return [
    ...memoryChecks(machine),
    ...levelPairChecks(machine),
    ...engineChecks(machine),
    ...productChecks(machine),
    ...vectorChecks(machine),
  ];
}

function reportOf(checks: readonly SelfTestCheck[]): SelfTestReport {
  return { passed: checks.every(({ passed }) => passed), checks };
}

/** Pushed by one machine to the next, and fetched by it from there, over the links. */
function neighbourChecks(group: MachineGroup, kpu: number): SelfTestCheck[] {
  const next = (kpu + 1) % group.machines.length;
  const [machine, neighbour] = [group.machine(kpu), group.machine(next)];
  if (next === kpu || machine.config.dmaEngines.count === 0) return [];
  const [kind] = presentKinds(machine).filter((each) => each !== "host");
  const [nextKind] = presentKinds(neighbour).filter((each) => each !== "host");
  if (kind === undefined || nextKind === undefined) return [];
  const [source, destination] = [machine.memory(kind, 0), neighbour.memory(nextKind, 0)];
  const start = (request: Request): void => machine.dma(0).transfer(request);
  const window = group.sharedAddress(next, destination.base) - destination.base;
  return [
    check(`DMA engine 0 of KPU ${kpu} sends to KPU ${next}`, () =>
      tryTransfer(machine, start, source, destination, kpu, { source: 0, destination: window }),
    ),
    check(`DMA engine 0 of KPU ${kpu} fetches from KPU ${next}`, () =>
      tryTransfer(machine, start, destination, source, kpu + 1, { source: window, destination: 0 }),
    ),
  ];
}

function check(name: string, attempt: () => string): SelfTestCheck {
  try {
    const fault = attempt();
    return { name, passed: fault === "", detail: fault };
  } catch (error) {
    return { name, passed: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function pattern(count: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => (index * 31 + seed * 17 + 1) % 251);
}

function compare(actual: Uint8Array, expected: Uint8Array): string {
  const at = expected.findIndex((byte, index) => byte !== actual[index]);
  return at < 0 ? "" : `byte ${at} is ${actual[at]}, expected ${expected[at]}`;
}

function presentKinds(machine: Machine): MemoryKind[] {
  return memoryKinds.filter((kind) => machine.memoryRange(kind).count > 0);
}

function triedIds(count: number): number[] {
  const all = Array.from({ length: count }, (_, id) => id);
  return count <= mostTried ? all : [...all.slice(0, mostTried / 2), ...all.slice(-mostTried / 2)];
}

function memoryChecks(machine: Machine): SelfTestCheck[] {
  return presentKinds(machine).flatMap((kind) =>
    triedIds(machine.memoryRange(kind).count).map((id) =>
      check(`${machine.memory(kind, id).name} keeps what is written`, () => {
        const memory = machine.memory(kind, id);
        const bytes = pattern(Math.min(64, memory.capacityBytes), id);
        const last = memory.capacityBytes - bytes.length;
        memory.write(0, bytes);
        memory.write(last, bytes);
        return (
          compare(memory.read(last, bytes.length), bytes) ||
          (last >= bytes.length ? compare(memory.read(0, bytes.length), bytes) : "")
        );
      }),
    ),
  );
}

/** Between every pair of levels that they reach, there and within, by DMA engines in turn. */
function levelPairChecks(machine: Machine): SelfTestCheck[] {
  const kinds = presentKinds(machine);
  const engines = machine.config.dmaEngines.count;
  if (engines === 0) return [];
  const { reachPolicy } = machine.config;
  // Over a link nothing is copied within a host region.
  const isRefused = (from: MemoryKind, to: MemoryKind): boolean =>
    machine.hasHostLink && from === "host" && to === "host" && machine.memoryRange("host").count === 1;
  const pairs = kinds
    .flatMap((from) => kinds.map((to) => [from, to] as const))
    .filter(([from, to]) => reaches(reachPolicy, "dma", from, to) && !isRefused(from, to));
  return pairs.map(([from, to], index) => {
    const source = machine.memory(from, 0);
    const destination = machine.memory(to, machine.memoryRange(to).count - 1);
    const engine = index % engines;
    return check(`DMA engine ${engine}: ${source.name} to ${destination.name}`, () =>
      tryTransfer(machine, (request) => machine.dma(engine).transfer(request), source, destination, index),
    );
  });
}

/** Every engine once, between memories that it works on. */
function engineChecks(machine: Machine): SelfTestCheck[] {
  const { reachPolicy } = machine.config;
  const dmaKinds = presentKinds(machine).filter((kind) => reaches(reachPolicy, "dma", kind, kind));
  const ends = {
    dma: dmaKinds.slice(0, 2),
    blockMover: ["l3", "l2"],
    streamer: ["l2", "scratchpad"],
  } as const;
  const { dmaEngines, blockMovers, streamers } = machine.config;
  const counts = { dma: dmaEngines.count, blockMover: blockMovers.count, streamer: streamers.count };
  return moverKinds.flatMap((kind) =>
    triedIds(counts[kind]).map((id) => {
      const [from = "host", to = from] = ends[kind];
      const source = machine.memory(from, 0);
      const destination = machine.memory(to, id % machine.memoryRange(to).count);
      const name = machine.mover(kind, id).name;
      return check(`${name} moves data`, () =>
        tryTransfer(machine, (request) => machine.mover(kind, id).transfer(request), source, destination, id),
      );
    }),
  );
}

type Request = Parameters<ReturnType<Machine["dma"]>["transfer"]>[0];
type Memory = ReturnType<Machine["memory"]>;

function tryTransfer(
  machine: Machine,
  start: (request: Request) => void,
  source: Memory,
  destination: Memory,
  seed: number,
  windows: { readonly source: number; readonly destination: number } = { source: 0, destination: 0 },
): string {
  const isSame = source.region === destination.region;
  const room = isSame
    ? Math.floor(source.capacityBytes / 2)
    : Math.min(source.capacityBytes, destination.capacityBytes);
  const bytes = Math.min(transferBytes, room);
  const data = pattern(bytes, seed);
  const to = isSame ? bytes : 0;
  let calls = 0;
  source.write(0, data);
  destination.write(to, new Uint8Array(bytes));
  const startCycle = machine.cycle;
  start({
    source: source.base + windows.source,
    destination: destination.base + windows.destination + to,
    bytes,
    onComplete: () => calls++,
  });
  machine.runUntilIdle();
  if (calls !== 1) return `the completion callback ran ${calls} times`;
  if (machine.cycle <= startCycle && machine.config.fidelity !== "functional") return "the transfer took no time";
  return compare(destination.read(to, bytes), data);
}

/** The widest format of operands of so many bits. */
function widestFormat(operandBits: number): NumberFormat {
  return operandBits === 32 ? "float32" : operandBits === 16 ? "float16" : "int8";
}

/** A product larger than the array where the scratchpad has room, compared with a plain loop of its own. */
function productChecks(machine: Machine): SelfTestCheck[] {
  const { count } = machine.config.computeTiles;
  const scratchpads = machine.config.scratchpads.count;
  if (scratchpads === 0) return [];
  return triedIds(count).map((tile) =>
    check(`compute tile ${tile} multiplies`, () => tryProduct(machine, tile, tile % scratchpads)),
  );
}

/** Every vector unit once: the larger of each element and 0, plus a bias, which plain arithmetic gives as well. */
function vectorChecks(machine: Machine): SelfTestCheck[] {
  const { count } = machine.config.computeTiles;
  const scratchpads = machine.config.scratchpads.count;
  if (scratchpads === 0) return [];
  return triedIds(count).map((tile) =>
    check(`vector unit ${tile} adds and compares`, () => tryVector(machine, tile, tile % scratchpads)),
  );
}

function tryVector(machine: Machine, tile: number, scratchpadId: number): string {
  const scratchpad = machine.scratchpad(scratchpadId);
  const { width, pipelineDepth } = machine.config.vectorUnits;
  const rows = 3;
  const cols = Math.min(width + 1, Math.floor(scratchpad.capacityBytes / (4 * (2 * rows + 1))));
  const values = Float32Array.from({ length: rows * cols }, (_, index) => ((index * 7 + tile) % 11) - 5);
  const bias = Float32Array.from({ length: cols }, (_, index) => ((index * 5) % 7) - 3);
  const [biasPlace, destination] = [4 * values.length, 4 * (values.length + cols)];
  scratchpad.writeFloat32(0, values);
  scratchpad.writeFloat32(biasPlace, bias);
  const startCycle = machine.cycle;
  const places = { scratchpad: scratchpadId, rows, cols, source: 0, destination };
  machine.vector(tile).activation({ ...places, bias: biasPlace, activation: "relu" });
  machine.runUntilIdle();
  const cycles = machine.cycle - startCycle;
  const expectedCycles = machine.config.fidelity === "functional" ? 0 : rows * Math.ceil(cols / width) + pipelineDepth;
  if (cycles !== expectedCycles) return `it took ${cycles} cycles, expected ${expectedCycles}`;
  const result = scratchpad.readFloat32(destination, values.length);
  const wrong = result.findIndex((value, index) => {
    const sum = (values[index] ?? 0) + (bias[index % cols] ?? 0);
    return value !== (sum > 0 ? sum : 0);
  });
  return wrong < 0 ? "" : `element ${wrong} of the result is ${result[wrong]}`;
}

function tryProduct(machine: Machine, tile: number, scratchpadId: number): string {
  const scratchpad = machine.scratchpad(scratchpadId);
  const { computeTiles } = machine.config;
  const array = { ...computeTiles, ...computeTiles.instances?.[tile] };
  const { rows, cols } = array;
  // As wide as the operands of the array are, so that a word has one element.
  const format = widestFormat(machine.config.computeTiles.operandBits);
  const most = Math.floor(Math.sqrt(scratchpad.capacityBytes / 12));
  const [m, n, k] = [Math.min(rows + 1, most), Math.min(cols + 2, most), Math.min(5, most)];
  if (Math.min(m, n, k) < 1) return `${scratchpad.name} has no room for a product`;
  const a = Float32Array.from({ length: m * k }, (_, index) => ((index * 7 + tile) % 11) - 5);
  const b = Float32Array.from({ length: k * n }, (_, index) => ((index * 5 + tile) % 13) - 6);
  const [bPlace, cPlace] = [4 * m * k, 4 * (m * k + k * n)];
  scratchpad.writeValues(format, 0, a);
  scratchpad.writeValues(format, bPlace, b);
  const startCycle = machine.cycle;
  machine.tile(tile).matmul({ scratchpad: scratchpadId, m, n, k, a: 0, b: bPlace, c: cPlace, format });
  machine.runUntilIdle();
  const cycles = machine.cycle - startCycle;
  const expectedCycles = machine.config.fidelity === "functional" ? 0 : arrayCycles(array, m, n, k);
  if (cycles !== expectedCycles) return `it took ${cycles} cycles, expected ${expectedCycles}`;
  const c = scratchpad.readValues(numberFormats[format].accumulator, cPlace, m * n);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let expected = 0;
      for (let p = 0; p < k; p++) expected += (a[row * k + p] ?? 0) * (b[p * n + column] ?? 0);
      const actual = c[row * n + column];
      if (actual !== expected) return `C[${row}][${column}] is ${actual}, expected ${expected}`;
    }
  }
  return "";
}
