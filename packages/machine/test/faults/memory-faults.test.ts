import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Fault, Machine, type MachineConfig } from "../../src/index.ts";

const bytes = 64;
const data = Uint8Array.from({ length: bytes }, (_, index) => (index * 37 + 11) % 256);

function machineWith(ecc: "none" | "parity" | "secded", more: MachineConfig = {}): Machine {
  const machine = new Machine({
    externalMemory: { bankCount: 1, bankCapacityMb: 1, ecc },
    l3Tiles: { count: 1, capacityKb: 16 },
    ...more,
  });
  machine.external(0).write(0, data);
  return machine;
}

/** Moves the data from the external bank to the L3 tile, and gives what arrives. */
function moved(machine: Machine): Uint8Array {
  machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.l3(0).base, bytes });
  machine.runUntilIdle();
  return machine.l3(0).read(0, bytes);
}

const flip = (offset: number, bit: number, kind: "bit_flip" | "check_flip" = "bit_flip"): Fault => ({
  kind,
  memory: "external",
  id: 0,
  offset,
  bit,
});

function withFlips(places: readonly (readonly [offset: number, bit: number])[]): Uint8Array {
  const wrong = data.slice();
  for (const [offset, bit] of places) wrong[offset] = (wrong[offset] ?? 0) ^ (1 << bit);
  return wrong;
}

describe("a flipped bit", () => {
  test("without check bits goes on unseen", () => {
    const machine = machineWith("none");
    machine.injectFault(flip(5, 3));
    expect(moved(machine)).toEqual(withFlips([[5, 3]]));
    expect(machine.memoryErrors).toEqual([]);
  });

  test("with parity is seen and goes on", () => {
    const machine = machineWith("parity");
    machine.injectFault(flip(13, 0));
    expect(moved(machine)).toEqual(withFlips([[13, 0]]));
    const address = machine.external(0).base + 8;
    expect(machine.memoryErrors).toEqual([{ kind: "detected", cycle: 0, address, memory: "external bank 0" }]);
    expect(machine.statistics().external[0]?.["errorsDetected"]).toBe(1);
  });

  test("with parity, two in a byte are not seen", () => {
    const machine = machineWith("parity");
    machine.injectFault(flip(13, 0));
    machine.injectFault(flip(13, 1));
    expect(moved(machine)).toEqual(
      withFlips([
        [13, 0],
        [13, 1],
      ]),
    );
    expect(machine.memoryErrors).toEqual([]);
  });

  test("with SECDED is turned back where it lies, and reported once", () => {
    const machine = machineWith("secded");
    machine.injectFault(flip(13, 7));
    expect(machine.external(0).read(0, bytes)).toEqual(data);
    expect(machine.memoryErrors).toEqual([]);
    expect(moved(machine)).toEqual(data);
    expect(moved(machine)).toEqual(data);
    expect(machine.memoryErrors.map(({ kind }) => kind)).toEqual(["corrected"]);
    expect(machine.statistics().external[0]?.["errorsCorrected"]).toBe(1);
  });

  test("with SECDED, two in a word are detected each time and stay", () => {
    const machine = machineWith("secded");
    machine.injectFault(flip(16, 7));
    machine.injectFault(flip(23, 2));
    const wrong = withFlips([
      [16, 7],
      [23, 2],
    ]);
    expect(moved(machine)).toEqual(wrong);
    expect(moved(machine)).toEqual(wrong);
    expect(machine.memoryErrors.map(({ kind }) => kind)).toEqual(["detected", "detected"]);
    machine.external(0).write(16, data.slice(16, 24));
    expect(moved(machine)).toEqual(data);
    expect(machine.memoryErrors).toHaveLength(2);
  });

  test("of a check bit is corrected, too", () => {
    const machine = machineWith("secded");
    machine.injectFault(flip(3, 5, "check_flip"));
    expect(moved(machine)).toEqual(data);
    expect(machine.memoryErrors.map(({ kind }) => kind)).toEqual(["corrected"]);
  });

  test("twice is none", () => {
    const machine = machineWith("secded");
    machine.injectFault(flip(3, 5));
    machine.injectFault(flip(3, 5));
    expect(moved(machine)).toEqual(data);
    expect(machine.memoryErrors).toEqual([]);
  });

  test("does not touch a transfer that has read its source", () => {
    const machine = machineWith("none");
    machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.l3(0).base, bytes });
    machine.step(10);
    machine.injectFault(flip(0, 0));
    machine.runUntilIdle();
    expect(machine.l3(0).read(0, bytes)).toEqual(data);
    expect(machine.external(0).read(0, 1)).toEqual(withFlips([[0, 0]]).slice(0, 1));
  });

  test("in a word that is written in part is turned back before", () => {
    const machine = machineWith("secded");
    machine.injectFault(flip(15, 1));
    machine.external(0).write(8, data.slice(8, 10));
    expect(machine.memoryErrors).toHaveLength(1);
    expect(moved(machine)).toEqual(data);
    expect(machine.memoryErrors).toHaveLength(1);
  });

  test("is found by a strided transfer only if it takes the word", () => {
    const machine = machineWith("secded");
    machine.injectFault(flip(9, 1));
    const strided = (source: number): void => {
      machine.dma(0).transfer({
        source: machine.external(0).base + source,
        destination: machine.l3(0).base,
        layout: {
          source: { elementBytes: 4, counts: [2], strides: [16] },
          destination: { elementBytes: 4, counts: [2], strides: [4] },
        },
      });
      machine.runUntilIdle();
    };
    strided(0);
    expect(machine.memoryErrors).toEqual([]);
    strided(12);
    expect(machine.memoryErrors).toHaveLength(1);
  });

  test("anywhere, any number of them: what is not reported as detected with SECDED and at most two a word is right", () => {
    const places = fc.uniqueArray(fc.tuple(fc.nat(bytes - 1), fc.nat(7)), { maxLength: 12, selector: String });
    fc.assert(
      fc.property(places, (flips) => {
        const machine = machineWith("secded");
        for (const [offset, bit] of flips) machine.injectFault(flip(offset, bit));
        const arrived = moved(machine);
        const perWord = new Map<number, number>();
        for (const [offset] of flips) {
          perWord.set(Math.floor(offset / 8), (perWord.get(Math.floor(offset / 8)) ?? 0) + 1);
        }
        for (const [word, count] of perWord) {
          const found = machine.memoryErrors.filter(({ address }) => address === machine.external(0).base + 8 * word);
          const isRight = data.slice(8 * word, 8 * word + 8).every((byte, place) => byte === arrived[8 * word + place]);
          if (count === 1) expect([isRight, found[0]?.kind]).toEqual([true, "corrected"]);
          if (count === 2) expect([isRight, found[0]?.kind]).toEqual([false, "detected"]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("check bits", () => {
  test("cost their latency at each end of a path, and nothing else", () => {
    const cyclesOf = (config: MachineConfig): number => {
      const machine = machineWith("none", config);
      moved(machine);
      return machine.cycle;
    };
    const plain = cyclesOf({});
    const external = { bankCount: 1, bankCapacityMb: 1, ecc: "secded" } as const;
    const l3 = { count: 1, capacityKb: 16, ecc: "parity" } as const;
    expect(cyclesOf({ externalMemory: external })).toBe(plain + 1);
    expect(cyclesOf({ externalMemory: external, l3Tiles: l3, eccLatencyCycles: 3 })).toBe(plain + 6);
    expect(cyclesOf({ eccLatencyCycles: 3 })).toBe(plain);
  });

  test("are in checkpoints and in the history, with what they have found", () => {
    const machine = machineWith("secded");
    machine.startHistory();
    machine.injectFault(flip(13, 7));
    machine.step(5);
    const before = machine.checkpoint();
    const arrived = moved(machine);
    const errors = machine.memoryErrors;
    expect(errors).toHaveLength(1);
    const end = machine.cycle;
    machine.rewindTo(3);
    expect(machine.memoryErrors).toEqual([]);
    machine.rewindTo(end);
    expect(machine.memoryErrors).toEqual(errors);
    machine.restore(before);
    expect(machine.memoryErrors).toEqual([]);
    expect(moved(machine)).toEqual(arrived);
    expect(machine.memoryErrors).toEqual(errors);
    machine.reset();
    expect(machine.memoryErrors).toEqual([]);
  });
});

describe("a stuck line", () => {
  test("forces its bit in each byte that passes its lane, in both directions, and leaves the host alone", () => {
    const machine = machineWith("none", { externalMemory: { bankCount: 1, bankCapacityMb: 1, bandwidthGbps: 8 } });
    machine.injectFault({ kind: "stuck_port", memory: "external", id: 0, line: 8 * 3 + 4, value: 1 });
    const forced = data.map((byte, index) => (index % 8 === 3 ? byte | 16 : byte));
    expect(moved(machine)).toEqual(forced);
    expect(machine.external(0).read(0, bytes)).toEqual(data);
    machine.l3(0).write(0, data);
    machine.dma(0).transfer({ source: machine.l3(0).base, destination: machine.external(0).base + 1, bytes });
    machine.runUntilIdle();
    const back = data.map((byte, index) => ((index + 1) % 8 === 3 ? byte | 16 : byte));
    expect(machine.external(0).read(1, bytes)).toEqual(back);
  });

  test("goes with the bytes of a strided transfer", () => {
    const machine = machineWith("none", { externalMemory: { bankCount: 1, bankCapacityMb: 1, bandwidthGbps: 8 } });
    machine.injectFault({ kind: "stuck_port", memory: "external", id: 0, line: 0, value: 0 });
    machine.dma(0).transfer({
      source: machine.external(0).base,
      destination: machine.l3(0).base,
      layout: {
        source: { elementBytes: 4, counts: [4], strides: [12] },
        destination: { elementBytes: 4, counts: [4], strides: [4] },
      },
    });
    machine.runUntilIdle();
    const taken = [0, 12, 24, 36].flatMap((start) => [0, 1, 2, 3].map((byte) => start + byte));
    const wanted = taken.map((place) => (place % 8 === 0 ? (data[place] ?? 0) & 0xfe : (data[place] ?? 0)));
    expect([...machine.l3(0).read(0, 16)]).toEqual(wanted);
  });
});
