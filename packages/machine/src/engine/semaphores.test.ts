import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Machine } from "../machine.ts";

function ends(machine: Machine): readonly { readonly base: number }[] {
  return [machine.host(0), machine.external(0), machine.l3(0), machine.l2(0), machine.scratchpad(0)];
}

describe("order by credits", () => {
  test("work that waits starts in the cycle in which the credit is given", () => {
    const machine = new Machine();
    const arrived = machine.semaphore("arrived");
    const [external, scratchpad, l3] = [machine.external(0).base, machine.scratchpad(0).base, machine.l3(0).base];
    const completions: number[] = [];
    const onComplete = (): void => {
      completions.push(machine.cycle);
    };
    machine.external(0).writeFloat32(0, [42]);
    machine.dma(1).transfer({ source: scratchpad, destination: l3, bytes: 1024, waitFor: [arrived], onComplete });
    machine.dma(0).transfer({ source: external, destination: scratchpad, bytes: 1024, signal: [arrived], onComplete });
    machine.runUntilIdle();
    expect(completions).toEqual([145, 190]);
    expect(machine.l3(0).readFloat32(0, 1)[0]).toBe(42);
    expect(machine.hazards).toEqual([]);
    expect(arrived.value).toBe(0);
  });

  test("the earlier issued takes a credit first, and whoever cannot have all takes none", () => {
    const machine = new Machine({ dmaEngines: { count: 3 } });
    const [left, right] = [machine.semaphore("left", 1), machine.semaphore("right")];
    const { base } = machine.external(0);
    const order: string[] = [];
    const empty = { source: base, destination: base, bytes: 0 };
    machine
      .dma(2)
      .transfer({ ...empty, waitFor: [left, { semaphore: right, count: 2 }], onComplete: () => order.push("both") });
    machine.dma(1).transfer({ ...empty, waitFor: [left], signal: [left], onComplete: () => order.push("first") });
    machine.dma(0).transfer({ ...empty, waitFor: [left], signal: [left], onComplete: () => order.push("second") });
    machine.runUntil(1000);
    expect(order).toEqual(["first", "second"]);
    expect([left.value, right.value]).toEqual([1, 0]);
    right.signal(2);
    machine.runUntilIdle();
    expect(order.at(-1)).toBe("both");
    expect([machine.cycle, left.value, right.value]).toEqual([1200, 0, 0]);
  });

  test("a chain by credits takes the cycles of a chain by callbacks", () => {
    const link = fc.record({
      engine: fc.integer({ min: 0, max: 3 }),
      from: fc.integer({ min: 0, max: 4 }),
      to: fc.integer({ min: 0, max: 4 }),
      bytes: fc.integer({ min: 0, max: 2000 }),
    });
    const chain = fc.array(link, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(chain, fc.constantFrom("functional", "transaction"), (links, fidelity) => {
        const config = { dmaEngines: { count: 4 }, fidelity } as const;
        const byCredits = new Machine(config);
        const places = ends(byCredits);
        const requests = links.map(({ engine, from, to, bytes }) => {
          return { engine, source: places[from]?.base ?? 0, destination: places[to]?.base ?? 0, bytes };
        });
        const semaphores = requests.map((_, index) => byCredits.semaphore(`link ${index}`));
        // Issued backwards where engines allow it: the order comes from the credits alone.
        const isDistinct = new Set(requests.map(({ engine }) => engine)).size === requests.length;
        const issued = [...requests.entries()];
        for (const [index, { engine, ...request }] of isDistinct ? issued.reverse() : issued) {
          const waitFor = semaphores.slice(Math.max(0, index - 1), index);
          byCredits.dma(engine).transfer({ ...request, waitFor, signal: semaphores.slice(index, index + 1) });
        }
        byCredits.runUntilIdle();

        const byCallbacks = new Machine(config);
        const issue = (index: number): void => {
          const next = requests[index];
          if (next === undefined) return;
          const { engine, ...request } = next;
          byCallbacks.dma(engine).transfer({ ...request, onComplete: () => issue(index + 1) });
        };
        issue(0);
        byCallbacks.runUntilIdle();
        expect(byCredits.cycle).toBe(byCallbacks.cycle);
      }),
      { numRuns: 200 },
    );
  });
});

/** Products of a row of matrices, whose operands a DMA engine brings into `buffers` places of a scratchpad. */
function pipeline(buffers: number, isSafe = true): { readonly machine: Machine; readonly traces: readonly number[] } {
  const [size, products] = [16, 5];
  const bytes = 4 * size * size;
  const machine = new Machine({ scratchpads: { capacityKb: 64 } });
  const [external, scratchpad] = [machine.external(0), machine.scratchpad(0)];
  const [loaded, free] = [machine.semaphore("loaded"), machine.semaphore("free", buffers)];
  const [computed, stored] = [machine.semaphore("computed"), machine.semaphore("stored", buffers)];
  const identity = Float32Array.from({ length: size * size }, (_, index) => (index % (size + 1) === 0 ? 1 : 0));
  for (let index = 0; index < products; index++) {
    external.writeFloat32(2 * index * bytes, new Float32Array(size * size).fill(index + 1));
    external.writeFloat32((2 * index + 1) * bytes, identity);
    const a = 3 * (index % buffers) * bytes;
    const [b, c] = [a + bytes, a + 2 * bytes];
    machine.dma(0).transfer({
      source: external.base + 2 * index * bytes,
      destination: scratchpad.base + a,
      bytes: 2 * bytes,
      waitFor: [free],
      signal: [loaded],
    });
    machine.tile(0).matmul({
      ...{ scratchpad: 0, m: size, n: size, k: size, a, b, c },
      queued: true,
      waitFor: isSafe ? [loaded, stored] : [stored],
      signal: [free, computed],
    });
    machine.dma(1).transfer({
      source: scratchpad.base + c,
      destination: machine.external(1).base + index * bytes,
      bytes,
      waitFor: [computed],
      signal: [stored],
    });
  }
  machine.runUntilIdle();
  const traces = Array.from({ length: products }, (_, index) =>
    machine
      .external(1)
      .readFloat32(index * bytes, size * size)
      .reduce((sum, value, place) => sum + (place % (size + 1) === 0 ? value : 0), 0),
  );
  return { machine, traces };
}

describe("a double-buffered pipeline without the host", () => {
  const expected = [16, 32, 48, 64, 80];

  test("computes the right values without hazards, and overlaps where there are two buffers", () => {
    const [single, double] = [pipeline(1), pipeline(2)];
    expect(single.traces).toEqual(expected);
    expect(double.traces).toEqual(expected);
    expect([...single.machine.hazards, ...double.machine.hazards]).toEqual([]);
    expect(double.machine.cycle).toBeLessThan(single.machine.cycle);
  });

  test("with one dependency left out has wrong values, and a report that names the bytes and the units", () => {
    const { machine, traces } = pipeline(2, false);
    expect(traces).not.toEqual(expected);
    const [first] = machine.hazards;
    expect(first).toMatchObject({ kind: "read-after-write", earlier: { unit: "dma 0" }, later: { unit: "tile 0" } });
    expect(first?.address).toBe(machine.scratchpad(0).base);
  });
});

describe("deadlock", () => {
  function stuck(): Machine {
    const machine = new Machine();
    const [ping, pong] = [machine.semaphore("ping"), machine.semaphore("pong", 0, "space")];
    const { base } = machine.external(0);
    const empty = { source: base, destination: base, bytes: 0 };
    machine.dma(0).transfer({ ...empty, waitFor: [ping], signal: [pong] });
    machine.dma(0).transfer(empty);
    machine.tile(1).matmul({
      scratchpad: 0,
      m: 1,
      n: 1,
      k: 1,
      a: 0,
      b: 4,
      c: 8,
      waitFor: [{ semaphore: pong, count: 2 }],
      signal: [ping],
    });
    return machine;
  }

  test.each(["transaction", "functional"] as const)("is reported with who waits for what (%s)", (fidelity) => {
    const machine = new Machine({ fidelity });
    const ping = machine.semaphore("ping");
    const { base } = machine.external(0);
    machine.dma(0).transfer({ source: base, destination: base, bytes: 4, waitFor: [ping] });
    expect(() => machine.runUntilIdle()).toThrow("dma 0 (work 0) waits for semaphore 'ping' (0 of 1 credits of data)");
    ping.signal();
    machine.runUntilIdle();
    expect(machine.isIdle).toBe(true);
  });

  test("names every unit that waits, and what waits behind it; waiting for time goes on", () => {
    const machine = stuck();
    machine.runUntil(500);
    expect(machine.cycle).toBe(500);
    expect(machine.horizon).toBe(Number.POSITIVE_INFINITY);
    expect(machine.waiting).toEqual([
      {
        work: { sequence: 0, unit: "dma 0" },
        behind: 1,
        waitsFor: [{ semaphore: "ping", grants: "data", needed: 1, available: 0 }],
      },
      {
        work: { sequence: 2, unit: "tile 1" },
        behind: 0,
        waitsFor: [{ semaphore: "pong", grants: "space", needed: 2, available: 0 }],
      },
    ]);
    const report =
      "deadlock at cycle 500: nothing is under way, and dma 0 (work 0, 1 more behind it) waits for semaphore 'ping' (0 of 1 credits of data); " +
      "tile 1 (work 2) waits for semaphore 'pong' (0 of 2 credits of space)";
    expect(() => machine.runUntilIdle()).toThrow(
      expect.objectContaining({ code: "KPU_DEADLOCK", message: expect.stringContaining(report) }),
    );
    expect(machine.cycle).toBe(500);
  });

  test("ends when one of the units is reset, or the machine", () => {
    const machine = stuck();
    machine.step();
    machine.dma(0).reset();
    machine.tile(1).reset();
    expect(machine.isIdle).toBe(true);
    machine.runUntilIdle();
    const other = stuck();
    other.step();
    other.reset();
    expect([other.isIdle, other.cycle]).toEqual([true, 0]);
    expect(other.waiting).toEqual([]);
  });

  test("a reset gives semaphores their initial credits", () => {
    const machine = new Machine();
    const credits = machine.semaphore("credits", 3);
    credits.signal(4);
    expect(credits.value).toBe(7);
    machine.reset();
    expect(credits.value).toBe(3);
  });
});

describe("refused, with nothing issued", () => {
  const machine = new Machine();
  const semaphore = machine.semaphore("s");
  const foreign = new Machine().semaphore("foreign");
  const issue = (change: object): (() => void) => {
    const { base } = machine.external(0);
    return () => machine.dma(0).transfer({ source: base, destination: base, bytes: 4, ...change });
  };

  test.each<[string, object, string]>([
    ["a semaphore of another machine", { waitFor: [foreign] }, "'foreign' belongs to another machine"],
    ["no credits", { signal: [{ semaphore, count: 0 }] }, "at least 1 credit of s, got 0"],
    ["fractions of credits", { waitFor: [{ semaphore, count: 0.5 }] }, "got 0.5"],
    ["a semaphore named twice", { waitFor: [semaphore, { semaphore, count: 2 }] }, "names s twice"],
  ])("%s", (_, change, text) => {
    expect(issue(change)).toThrow(text);
    expect(machine.isIdle).toBe(true);
  });

  test("negative credits", () => {
    expect(() => machine.semaphore("negative", -1)).toThrow("whole number");
    expect(() => semaphore.signal(-1)).toThrow("whole number");
    expect(issue({ waitFor: [foreign] })).toThrow(expect.objectContaining({ code: "KPU_ARGUMENT", kind: "value" }));
  });
});
