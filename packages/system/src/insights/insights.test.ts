import { type DataMover, Machine, type MachineConfig, type Statistics } from "@kpu-sim/machine";
import { describe, expect, test } from "vitest";
import { type Insight, type InsightRule, insightRules, insightsOf } from "./insights.ts";
import { linkUsage } from "./usage.ts";

function ruleOf(statistics: Statistics, rule: InsightRule): Insight | undefined {
  return insightsOf(statistics).find((insight) => insight.rule === rule);
}

/** A machine whose engines have each made so many transfers of so many bytes, one after another, from bank 0 to L3 tile 0. */
function moved(config: MachineConfig, engines: number, transfers: number, bytes: number): Statistics {
  const machine = new Machine({ ...config, timingOnly: true });
  const movers = Array.from({ length: engines }, (_, id): DataMover => machine.dma(id));
  for (const [id, mover] of movers.entries()) {
    for (let index = 0; index < transfers; index++) {
      mover.transfer({ source: machine.external(0).base, destination: machine.l3(id).base, bytes });
    }
  }
  machine.runUntilIdle();
  return machine.statistics();
}

test("a machine that did nothing has no insights", () => {
  const machine = new Machine({});
  expect(insightsOf(machine.statistics())).toEqual([]);
  machine.step(1000);
  expect(insightsOf(machine.statistics())).toEqual([]);
});

describe("a rule speaks when its condition holds, and not otherwise", () => {
  test("port-bound", () => {
    expect(ruleOf(moved({ externalMemory: { bankCount: 1 } }, 1, 4, 100_000), "port-bound")?.finding).toMatch(
      /^the ports of external memory move \d+ % of what they can$/,
    );
    expect(
      ruleOf(moved({ externalMemory: { bankCount: 1, bandwidthGbps: 400 } }, 1, 4, 100_000), "port-bound"),
    ).toBeUndefined();
  });

  test("link-bound", () => {
    const machine = new Machine({ hostLink: { type: "pcie", pcieLanes: 4 }, timingOnly: true });
    const { base } = machine.external(0);
    machine.dma(0).transfer({ source: machine.host(0).base, destination: base, bytes: 100_000 });
    machine.runUntilIdle();
    const found = insightsOf(machine.statistics(), linkUsage(machine)).find(({ rule }) => rule === "link-bound");
    expect(found?.finding).toMatch(/^the link from the host moves 9\d % of what it can$/);
    const network = { topology: "ring", columns: 4, rows: 1, linkBytesPerCycle: 8 } as const;
    const ring = new Machine({ network, timingOnly: true });
    ring.blockMover(0).transfer({ source: ring.l3(0).base, destination: ring.l2(2).base, bytes: 30_000 });
    ring.runUntilIdle();
    const [first] = insightsOf(ring.statistics(), linkUsage(ring));
    expect([first?.rule, first?.finding]).toEqual(["busy-engines", "block movers are busy 100 % of the time"]);
    expect(insightsOf(ring.statistics(), linkUsage(ring)).map(({ finding }) => finding)).toContain(
      "the link from node 0 to node 1 of the on-chip network moves 99 % of what it can",
    );
    // Engines that wait for a link do not make short transfers.
    expect(insightsOf(ring.statistics()).some(({ rule }) => rule === "short-transfers")).toBe(true);
    expect(linkUsage(new Machine()).every(({ share }) => share === 0)).toBe(true);
  });

  test("short-transfers and busy-engines", () => {
    const short = moved({}, 2, 50, 64);
    expect(ruleOf(short, "short-transfers")?.action).toContain("2 of 2 work");
    expect(ruleOf(short, "busy-engines")).toBeUndefined();
    const long = moved({ externalMemory: { bankCount: 1 } }, 1, 4, 100_000);
    expect(ruleOf(long, "short-transfers")).toBeUndefined();
    expect(ruleOf(long, "busy-engines")?.share).toBeGreaterThan(0.85);
  });

  test("shared-ports", () => {
    expect(ruleOf(moved({ dmaEngines: { count: 4 } }, 4, 4, 10_000), "shared-ports")?.finding).toContain("DMA engines");
    expect(ruleOf(moved({}, 1, 4, 10_000), "shared-ports")).toBeUndefined();
  });

  test("unused-units", () => {
    expect(ruleOf(moved({ dmaEngines: { count: 4 } }, 1, 4, 10_000), "unused-units")?.finding).toMatch(
      /^3 of 4 DMA engines/,
    );
    expect(ruleOf(moved({ dmaEngines: { count: 4 } }, 4, 4, 10_000), "unused-units")).toBeUndefined();
  });

  test("idle-arrays, fill-and-drain and uneven-arrays", () => {
    const machine = new Machine({ timingOnly: true, scratchpads: { capacityKb: 256 } });
    const arrived = machine.semaphore("arrived");
    const product = { scratchpad: 0, m: 16, n: 16, k: 4, a: 0, b: 65536, c: 131072 };
    machine.tile(0).matmul({ ...product, waitFor: [arrived] });
    machine.dma(0).transfer({
      source: machine.external(0).base,
      destination: machine.scratchpad(0).base,
      bytes: 4096,
      signal: [arrived],
    });
    machine.runUntilIdle();
    const idle = ruleOf(machine.statistics(), "idle-arrays");
    expect(idle?.cause).toMatch(/wait \d+ % of the time for operands/);
    expect(ruleOf(machine.statistics(), "fill-and-drain")).toBeDefined();
    expect(ruleOf(machine.statistics(), "uneven-arrays")).toBeUndefined();
    machine.tile(0).matmul({ ...product, k: 1000 });
    machine.tile(1).matmul({ ...product, scratchpad: 1, k: 100 });
    machine.runUntilIdle();
    expect(ruleOf(machine.statistics(), "uneven-arrays")).toBeDefined();
    expect(ruleOf(machine.statistics(), "fill-and-drain")).toBeUndefined();
  });

  test("hazards come first", () => {
    const machine = new Machine({ timingOnly: true });
    for (const id of [0, 1]) {
      const source = machine.external(0).base;
      machine.dma(id).transfer({ source, destination: machine.scratchpad(0).base, bytes: 1024 });
    }
    machine.runUntilIdle();
    expect(insightsOf(machine.statistics())[0]?.rule).toBe("hazards");
  });
});

test("insights are ranked, and every rule has its condition in words", () => {
  const shares = insightsOf(moved({ dmaEngines: { count: 4 } }, 3, 20, 3000)).map(({ share }) => share);
  expect(shares.length).toBeGreaterThan(1);
  expect(shares).toEqual(shares.toSorted((one, other) => other - one));
  for (const condition of Object.values(insightRules)) expect(condition).toMatch(/\.$/);
});
