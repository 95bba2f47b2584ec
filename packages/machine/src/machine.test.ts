import { describe, expect, test } from "vitest";
import { KpuError } from "./errors.ts";
import { Machine } from "./machine.ts";

function seedMachine(): Machine {
  return new Machine({
    externalMemory: { bankCount: 2, bankCapacityMb: 64 },
    scratchpads: { count: 2, capacityKb: 256 },
    dmaEngines: { count: 4 },
  });
}

function toScratchpad(machine: Machine, bytes: number, onComplete?: () => void, engine = 0): void {
  const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
  machine.dma(engine).transfer({ source, destination, bytes, onComplete });
}

describe("the seed's transfer", () => {
  test("takes 145 cycles and moves the values", () => {
    const machine = seedMachine();
    const data = Float32Array.from({ length: 256 }, (_, index) => index);
    const completions: number[] = [];
    machine.external(0).writeFloat32(0, data);
    toScratchpad(machine, 1024, () => completions.push(machine.cycle));
    expect(machine.dma(0).isBusy).toBe(true);
    machine.runUntilIdle();
    expect(machine.cycle).toBe(145);
    expect(completions).toEqual([145]);
    expect(machine.scratchpad(0).readFloat32(0, 256)).toEqual(data);
    expect(machine.simulatedTimeNs).toBe(145);
  });

  test("nothing is to be seen before the horizon, and something at it", () => {
    const machine = seedMachine();
    expect(machine.horizon).toBe(Number.POSITIVE_INFINITY);
    toScratchpad(machine, 1024);
    expect(machine.horizon).toBe(145);
    machine.runUntil(144);
    expect(machine.dma(0).isBusy).toBe(true);
    machine.step();
    expect(machine.dma(0).isBusy).toBe(false);
  });
});

describe("callbacks", () => {
  test("an error stops the run at its cycle; the other callbacks wait for the next run and none runs twice", () => {
    const machine = seedMachine();
    const calls: string[] = [];
    for (const engine of [0, 1, 2]) {
      const fail = (): void => {
        calls.push(`engine ${engine} at ${machine.cycle}`);
        if (engine < 2) throw new Error(`boom ${engine}`);
      };
      const source = machine.external(engine % 2).base + 4096 * engine;
      machine.dma(engine).transfer({ source, destination: source, bytes: 0, onComplete: fail });
    }
    expect(() => machine.runUntilIdle()).toThrow("boom 0");
    expect(machine.isIdle).toBe(false);
    expect(machine.cycle).toBe(200);
    expect(() => machine.step()).toThrow("boom 1");
    expect(machine.cycle).toBe(200);
    machine.runUntilIdle();
    expect(calls).toEqual(["engine 0 at 200", "engine 1 at 200", "engine 2 at 200"]);
    expect(machine.cycle).toBe(200);
  });

  test("may start work, which starts at once, but not run or reset the machine", () => {
    const machine = seedMachine();
    const errors: unknown[] = [];
    const completions: number[] = [];
    toScratchpad(machine, 1024, () => {
      const attempts = [
        () => machine.step(),
        () => machine.runUntilIdle(),
        () => machine.reset(),
        () => machine.dma(0).reset(),
      ];
      for (const attempt of attempts) {
        try {
          attempt();
        } catch (error) {
          errors.push(error instanceof KpuError ? error.code : error);
        }
      }
      toScratchpad(machine, 1024, () => completions.push(machine.cycle), 3);
    });
    machine.runUntilIdle();
    expect(errors).toEqual(Array.from({ length: 4 }, () => "KPU_IN_CALLBACK"));
    expect(completions).toEqual([290]);
  });
});

describe("order and hazards", () => {
  test("a transfer delivers its source as it was at its start, whoever writes to it meanwhile", () => {
    const machine = seedMachine();
    machine.external(0).writeFloat32(0, [1, 2]);
    toScratchpad(machine, 8);
    machine.external(0).writeFloat32(0, [3, 4]);
    machine.step();
    machine.external(0).writeFloat32(0, [5, 6]);
    machine.runUntilIdle();
    expect([...machine.scratchpad(0).readFloat32(0, 2)]).toEqual([3, 4]);
  });

  test("a missing dependency gives the wrong value and a report of bytes, engines and cycles", () => {
    const machine = seedMachine();
    const [external, scratchpad] = [machine.external(0), machine.scratchpad(0)];
    external.writeFloat32(0, [42]);
    machine.dma(0).transfer({ source: external.base, destination: scratchpad.base, bytes: 4 });
    machine.dma(1).transfer({ source: scratchpad.base + 2, destination: external.base + 100, bytes: 4 });
    machine.runUntilIdle();
    expect(machine.external(0).readFloat32(100, 1)[0]).toBe(0);
    expect(machine.hazards).toEqual([
      {
        kind: "read-after-write",
        earlier: { sequence: 0, unit: "dma 0" },
        later: { sequence: 1, unit: "dma 1" },
        address: scratchpad.base + 2,
        bytes: 2,
        fromCycle: 0,
        untilCycle: 135,
      },
    ]);
  });

  test("the policy raise throws from the run, after the later work has started", () => {
    const machine = new Machine({ hazardPolicy: "raise" });
    toScratchpad(machine, 1024);
    toScratchpad(machine, 1024, undefined, 1);
    expect(() => machine.runUntilIdle()).toThrow(
      /write-after-write hazard on 1024 bytes \[0x180100000, 0x180100400\).*dma 1/,
    );
    expect(machine.cycle).toBe(0);
    machine.runUntilIdle();
    expect(machine.cycle).toBe(155);
    expect(machine.hazards).toHaveLength(1);
  });
});

describe("resetting", () => {
  test("one engine: its queue is dropped, the others go on as if it had left", () => {
    const machine = seedMachine();
    const done: string[] = [];
    toScratchpad(machine, 1000, () => done.push("dropped"));
    toScratchpad(machine, 1000, () => done.push("dropped"));
    machine.dma(1).transfer({
      source: machine.external(0).base,
      destination: machine.scratchpad(1).base,
      bytes: 1000,
      onComplete: () => done.push(`kept at ${machine.cycle}`),
    });
    machine.runUntil(138);
    machine.dma(0).reset();
    expect(machine.dma(0).queueLength).toBe(0);
    machine.runUntilIdle();
    expect(done).toEqual(["kept at 146"]);
    expect(machine.isIdle).toBe(true);
    toScratchpad(machine, 1000, () => done.push("again"));
    machine.runUntilIdle();
    expect(done).toEqual(["kept at 146", "again"]);
  });

  test.each([0, 1, 133, 134, 135, 144])(
    "one engine at cycle %i, in whatever phase its transfer is: the next one is as the first",
    (cycle) => {
      const machine = seedMachine();
      toScratchpad(machine, 1024, () => expect.unreachable());
      machine.runUntil(cycle);
      machine.dma(0).reset();
      machine.dma(0).reset();
      expect(machine.isIdle).toBe(true);
      const completions: number[] = [];
      toScratchpad(machine, 1024, () => completions.push(machine.cycle));
      machine.runUntilIdle();
      expect(completions).toEqual([cycle + 145]);
      expect(machine.statistics().dma[0]).toMatchObject({ transfersCompleted: 1, busyCycles: cycle + 145 });
    },
  );

  test.each([0, 50, 140])("the machine at cycle %i: as new, configuration kept", (cycle) => {
    const machine = seedMachine();
    machine.external(0).writeFloat32(0, [1]);
    toScratchpad(machine, 1024, () => expect.unreachable());
    machine.tile(0).matmul({ scratchpad: 0, m: 64, n: 64, k: 64, a: 0, b: 16384, c: 32768 });
    machine.runUntil(cycle);
    machine.reset();
    expect(machine).toMatchObject({ cycle: 0, isIdle: true, hazards: [] });
    expect(machine.external(0).readFloat32(0, 1)[0]).toBe(0);
    machine.reset();
    expect(machine.statistics()).toEqual(seedMachine().statistics());
    toScratchpad(machine, 1024);
    machine.runUntilIdle();
    expect(machine.cycle).toBe(145);
  });
});

describe("compute", () => {
  test("a product reads A and B at its start, writes C at its end, and is refused while another is under way", () => {
    const machine = seedMachine();
    const scratchpad = machine.scratchpad(0);
    scratchpad.writeFloat32(0, [1, 2, 3, 4]);
    scratchpad.writeFloat32(16, [2, 0, 1, 2]);
    const request = { scratchpad: 0, m: 2, n: 2, k: 2, a: 0, b: 16, c: 32 };
    machine.tile(0).matmul(request);
    expect(() => machine.tile(0).matmul(request)).toThrow("compute tile 0 is busy");
    machine.step();
    scratchpad.writeFloat32(0, [9, 9, 9, 9]);
    machine.runUntilIdle();
    expect(machine.cycle).toBe(32);
    expect([...scratchpad.readFloat32(32, 4)]).toEqual([4, 4, 10, 8]);
  });

  test.each([
    [{ m: 0 }, "KPU_DIMENSION", "m must be a whole number from 1"],
    [{ k: -4 }, "KPU_DIMENSION", "k"],
    [{ c: 262144 }, "KPU_ADDRESS_RANGE", "matrix C (2 x 2 float32, 16 bytes) at offset 0x40000 leaves scratchpad 0"],
    [{ scratchpad: 2 }, "KPU_COMPONENT_ID", "scratchpad 2 does not exist"],
    [{ n: 2 ** 40 }, "KPU_ADDRESS_RANGE", "matrix B"],
  ])("refuses %j and starts nothing", (change, code, text) => {
    const machine = seedMachine();
    const request = { scratchpad: 0, m: 2, n: 2, k: 2, a: 0, b: 16, c: 32, ...change };
    expect(() => machine.tile(0).matmul(request)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) }),
    );
    expect(machine.isIdle).toBe(true);
  });
});

describe("running", () => {
  test("in slices gives what running at once gives", () => {
    const whole = seedMachine();
    const sliced = seedMachine();
    for (const machine of [whole, sliced]) {
      for (let index = 0; index < 20; index++) toScratchpad(machine, 1000 + index, undefined, index % 4);
    }
    whole.runUntilIdle();
    let slices = 1;
    while (!sliced.runSlice({ rounds: 3 })) slices++;
    expect(slices).toBeGreaterThan(5);
    expect(sliced.cycle).toBe(whole.cycle);
    expect(sliced.statistics()).toEqual(whole.statistics());
  });

  test("refuses to run into the past or by fractions", () => {
    const machine = seedMachine();
    machine.step(10);
    expect(machine.cycle).toBe(10);
    expect(() => machine.runUntil(9)).toThrow("the machine is at cycle 10 already");
    expect(() => machine.step(0.5)).toThrow("whole number");
    expect(() => machine.runFor(-1)).toThrow("whole number");
    expect(machine.cycle).toBe(10);
  });

  test("functional fidelity keeps the order and takes no time", () => {
    const machine = new Machine({ fidelity: "functional" });
    machine.external(0).writeFloat32(0, [7]);
    const order: string[] = [];
    toScratchpad(machine, 4, () => {
      order.push("there");
      machine.dma(1).transfer({
        source: machine.scratchpad(0).base,
        destination: machine.external(1).base,
        bytes: 4,
        onComplete: () => order.push("back"),
      });
    });
    machine.runUntilIdle();
    expect([machine.cycle, order, machine.external(1).readFloat32(0, 1)[0]]).toEqual([0, ["there", "back"], 7]);
    machine.step();
    expect(machine.cycle).toBe(1);
  });
});

describe("statistics", () => {
  test("count bytes, work and busy cycles per component", () => {
    const machine = seedMachine();
    toScratchpad(machine, 1024);
    machine.tile(1).matmul({ scratchpad: 1, m: 16, n: 16, k: 16, a: 0, b: 1024, c: 2048 });
    machine.runUntilIdle();
    const { machine: totals, dma, external, scratchpad, tile } = machine.statistics();
    expect(totals).toEqual({ cycle: 145, simulatedTimeNs: 145, hazardCount: 0 });
    expect(dma[0]).toEqual({
      transfersCompleted: 1,
      bytesMoved: 1024,
      queueLength: 0,
      busyCycles: 145,
      utilization: 1,
      waitingForPortsCycles: 0,
      waitingForDataCycles: 0,
      waitingForSpaceCycles: 0,
      idleCycles: 0,
    });
    expect(external[0]).toMatchObject({ bytesRead: 1024, bytesWritten: 0, lastAccessCycle: 145 });
    expect(external[0]?.["portUtilization"]).toBeCloseTo(1024 / 14500);
    expect(scratchpad[1]).toMatchObject({ bytesRead: 2048, bytesWritten: 1024, lastAccessCycle: 46 });
    expect(tile[1]).toMatchObject({ productsCompleted: 1, multiplyAccumulates: 4096, busyCycles: 46 });
    expect(machine.componentStatusText()).toContain("[0] idle, queue 0, 1 transfers, 1024 B moved, busy 100.0 %");
    expect(machine.statisticsText(1.234)).toContain("Host time:      1.23 ms");
  });

  test("some components' figures are those that all have", () => {
    const machine = seedMachine();
    machine.dma(1).transfer({ source: machine.external(1).base, destination: machine.scratchpad(1).base, bytes: 64 });
    machine.runUntilIdle();
    const { machine: _, ...kinds } = machine.statistics();
    for (const kind of ["host", "external", "l3", "l2", "scratchpad"] as const) {
      expect(machine.figures(kind, [...kinds[kind].keys()])).toEqual(kinds[kind]);
    }
    for (const kind of ["dma", "blockMover", "streamer", "tile", "vector"] as const) {
      expect(machine.figures(kind, [...kinds[kind].keys()])).toEqual(kinds[kind]);
    }
    expect(machine.figures("dma", [1, 0])).toEqual([kinds.dma[1], kinds.dma[0]]);
    for (const id of [-1, 0.5, kinds.dma.length]) {
      expect(() => machine.figures("dma", [id])).toThrow(`the id of a component (dma)`);
    }
  });

  test("reports tell what was waited for", () => {
    const machine = seedMachine();
    const [full, empty] = [machine.semaphore("full"), machine.semaphore("empty", 0, "space")];
    const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
    machine.dma(0).transfer({ source, destination, bytes: 64, waitFor: [{ semaphore: empty, count: 1 }] });
    const product = { scratchpad: 0, m: 1, n: 1, k: 1, a: 0, b: 4, c: 8, queued: true };
    machine.tile(0).matmul({ ...product, waitFor: [{ semaphore: full, count: 1 }] });
    machine.step(30);
    expect(machine.statisticsText()).toContain("0 B moved, cycles waited for data 0, for space 30, for ports 0\n");
    expect(machine.statisticsText()).toContain("0 multiply-accumulates, cycles waited for data 30, for space 0\n");
    expect(machine.componentStatusText()).toContain(
      "busy 0.0 %, cycles waited for data 0, for space 30, for ports 0\n",
    );
    expect(machine.componentStatusText()).toContain("written, cycles waited for data 30, for space 0");
  });
});
