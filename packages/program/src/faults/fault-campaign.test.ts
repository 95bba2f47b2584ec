import { parseWorkload, type Workload } from "@kpu-sim/formats";
import { type Fault, faultKinds } from "@kpu-sim/machine";
import { describe, expect, test } from "vitest";
import { FaultCampaign, runFaultCampaign } from "./fault-campaign.ts";
import { faultExperiment } from "./fault-experiment.ts";
import { faultText } from "./fault-text.ts";
import { goldenRun } from "./golden-run.ts";
import { FaultDice, possibleKinds, randomFault } from "./random-faults.ts";

/** Operands come from external memory, a product is made of them, and its result goes back. */
const workload: Workload = parseWorkload(
  `
kind: kpu-workload
version: 1
areas:
  - { name: a, memory: external 0, rows: 8, cols: 8, fill: random, seed: 1 }
  - { name: b, memory: external 0, rows: 8, cols: 8, fill: random, seed: 2 }
  - { name: unused, memory: external 0, rows: 8, cols: 8, fill: ones }
  - { name: c, memory: external 0, rows: 8, cols: 8 }
  - { name: la, memory: l1 0, rows: 8, cols: 8 }
  - { name: lb, memory: l1 0, rows: 8, cols: 8 }
  - { name: lc, memory: l1 0, rows: 8, cols: 8 }
semaphores: [{ name: loaded }, { name: done }]
program:
  - transfer: { engine: dma 0, from: a, to: la, signal: [loaded] }
  - transfer: { engine: dma 1, from: b, to: lb, signal: [loaded] }
  - product: { tile: 0, a: la, b: lb, c: lc, wait_for: [loaded x 2], signal: [done] }
  - transfer: { engine: dma 0, from: lc, to: c, wait_for: [done] }
expect:
  - { area: c, equals_product: [a, b] }
`,
  "yaml",
);

const golden = goldenRun({}, workload, undefined);
const outcomeOf = (fault: Fault, cycle = 0) => faultExperiment(golden, 0, { cycle, fault });
const offsetOf = (name: string): number => golden.blocks.get(name)?.offset ?? Number.NaN;
const flip = (name: string, bit = 6): Fault => ({
  kind: "bit_flip",
  memory: golden.blocks.get(name)?.region.kind ?? "host",
  id: 0,
  offset: offsetOf(name) + 3,
  bit,
});

describe("an experiment", () => {
  test("a flip in an operand before it is read makes the result wrong, and is found on the way", () => {
    const { outcome, damages, cycles } = outcomeOf(flip("a"));
    expect(outcome).toBe("wrong");
    expect(cycles).toBe(golden.cycles);
    expect(damages.map(({ name, elements }) => [name, elements])).toEqual([
      ["a", 1],
      // Two elements of the row of b that it meets are 0.
      ["c", 6],
      ["la", 1],
      ["lc", 6],
    ]);
    expect(damages.filter(({ isResult }) => isResult).map(({ name }) => name)).toEqual(["c"]);
  });

  test("a flip where nobody reads, or after it was read, is masked", () => {
    expect(outcomeOf(flip("unused")).outcome).toBe("masked");
    expect(outcomeOf(flip("a"), golden.cycles).outcome).toBe("masked");
    expect(outcomeOf(flip("c")).outcome).toBe("masked");
  });

  test("a flip in the result at the end is wrong", () => {
    expect(outcomeOf(flip("c"), golden.cycles).outcome).toBe("wrong");
  });

  test("a dropped completion stalls those who wait; the last one does nothing", () => {
    const dropped = outcomeOf({ kind: "dropped_completion", unit: "tile", id: 0 });
    expect(dropped.outcome).toBe("stalled");
    expect(dropped.message).toContain("'done'");
    const last = golden.events.begin.at(-1) ?? 0;
    expect(outcomeOf({ kind: "dropped_completion", unit: "dma", id: 0 }, last).outcome).toBe("masked");
  });

  test("a late completion makes the run late by as much, and a port that never grants stalls it", () => {
    const late = outcomeOf({ kind: "late_completion", unit: "tile", id: 0, cycles: 17 });
    expect([late.outcome, late.cycles]).toEqual(["late", golden.cycles + 17]);
    const refused = { kind: "refused_grant", memory: "scratchpad", id: 0, cycles: Number.POSITIVE_INFINITY } as const;
    expect(outcomeOf(refused).outcome).toBe("stalled");
  });

  test("with check bits a flip is corrected, and two are detected", () => {
    const guarded = goldenRun({ externalMemory: { ecc: "secded" } }, workload, undefined);
    expect(faultExperiment(guarded, 0, { cycle: 0, fault: flip("a") })).toMatchObject({
      outcome: "corrected",
      corrected: 1,
      damages: [],
    });
    const parity = goldenRun({ externalMemory: { ecc: "parity" } }, workload, undefined);
    expect(faultExperiment(parity, 0, { cycle: 0, fault: flip("a") })).toMatchObject({
      outcome: "detected",
      detected: 1,
    });
  });

  test("without a fault everything is as it should be", () => {
    const nothing = outcomeOf({ kind: "refused_grant", memory: "l3", id: 0, cycles: 1 });
    expect(nothing).toMatchObject({ outcome: "masked", cycles: golden.cycles, damages: [], message: "" });
  });
});

describe("random faults", () => {
  test("of each kind hit something that is there, and every kind can be said in words", () => {
    const guarded = goldenRun({ externalMemory: { ecc: "secded" } }, workload, undefined);
    expect(possibleKinds(guarded)).toEqual(faultKinds);
    const dice = new FaultDice(9);
    for (const kind of faultKinds) {
      for (let round = 0; round < 40; round++) {
        const planned = randomFault(guarded, kind, dice);
        expect(planned.fault.kind).toBe(kind);
        expect(() => faultExperiment(guarded, round, planned)).not.toThrow();
        expect(faultText(planned.fault)).toMatch(/turns over|stuck|late|told|grants/);
      }
    }
  });

  test("of what a machine does not have there are none", () => {
    expect(possibleKinds(golden)).not.toContain("check_flip");
    const times = goldenRun({ timingOnly: true }, workload, undefined);
    expect(possibleKinds(times)).toEqual(["late_completion", "dropped_completion", "refused_grant"]);
    const functional = goldenRun({ fidelity: "functional" }, workload, undefined);
    expect(possibleKinds(functional)).toEqual(["bit_flip", "pe_register", "stuck_port", "dropped_completion"]);
    expect(() => new FaultCampaign({}, workload, { kinds: ["check_flip"] })).toThrow("cannot hit anything");
  });
});

describe("a campaign", () => {
  test("is the same for the same seed", () => {
    const first = runFaultCampaign({}, workload, { count: 30, seed: 5 });
    expect(runFaultCampaign({}, workload, { count: 30, seed: 5 })).toEqual(first);
    expect(runFaultCampaign({}, workload, { count: 30, seed: 6 }).experiments).not.toEqual(first.experiments);
    expect(first.experiments).toHaveLength(30);
    const sum = first.kinds.reduce((total, { masked }) => total + masked, 0);
    expect(sum).toBe(first.total.masked);
  });

  test("goes over tiled products, which stall when a completion gets lost", () => {
    const step = {
      kind: "tiledProduct",
      m: 40,
      n: 40,
      k: 40,
      tileM: 16,
      tileN: 16,
      tileK: 16,
      line: undefined,
    } as const;
    const tiled: Workload = {
      ...workload,
      areas: [],
      semaphores: [],
      expectations: [],
      steps: [{ ...step, dataflow: undefined, doubleBuffer: undefined, format: "float32" }],
    };
    const report = runFaultCampaign({}, tiled, { count: 60, seed: 2 });
    expect(report.results).toEqual(["C (tiled product)"]);
    expect(report.total.stalled).toBeGreaterThan(5);
    expect(report.total.wrong).toBeGreaterThan(5);
    const dropped = runFaultCampaign({}, tiled, { count: 20, seed: 3, kinds: ["dropped_completion"] });
    expect(dropped.total.stalled).toBeGreaterThan(15);
  });

  test.each([
    [{ count: 0 }, "from 1 to 1000000"],
    [{ seed: -1 }, "the seed"],
    [{ results: ["d"] }, "has no area 'd': it has a, b, unused"],
  ])("%j is refused", (options, message) => {
    expect(() => new FaultCampaign({}, workload, options)).toThrow(message);
  });
});
