import { Machine, parseWorkload, runWorkload, seededOperands, tiledMatmul } from "kpu-sim";
import { expect, test } from "vitest";
import { examples } from "../workload/examples.ts";
import type { RunRequest } from "./protocol.ts";
import { Session } from "./session.ts";

const product: RunRequest = {
  title: "product",
  config: {},
  program: { kind: "matmul", request: { m: 64, n: 64, k: 64, tileM: 16, tileN: 16, tileK: 16 } },
};

function runToEnd(session: Session, rounds: number): number {
  let events = 0;
  for (;;) {
    const slice = session.advance(rounds);
    events += slice.columns.begin.length;
    if (slice.isFinished) return events;
  }
}

test("the seed's transfer takes 145 cycles", () => {
  const request = examples.find(({ program }) => program.kind === "transfer");
  if (request === undefined) throw new Error("no transfer among the examples");
  const session = new Session(request);
  const slice = session.advance(1000);
  expect(slice).toMatchObject({ isFinished: true, latestCycle: 145, done: 1, steps: 1 });
  expect([...slice.columns.end]).toEqual([145]);
  expect(session.bytesAt(144, "scratchpad", 0, 0, 4)).toEqual(new Uint8Array(4));
  expect(session.bytesAt(145, "scratchpad", 0, 0, 4)).toEqual(Uint8Array.of(0, 1, 2, 3));
});

const text = `kind: kpu-workload
version: 1
areas:
  - {name: a, memory: external 0, rows: 64, cols: 32, fill: random, seed: 1}
  - {name: b, memory: l1 0, rows: 32, cols: 32, fill: random, seed: 2}
  - {name: x, memory: l1 0, rows: 64, cols: 32}
  - {name: y, memory: l1 0, rows: 64, cols: 32}
semaphores: [{name: ready}]
program:
  - transfer: {engine: dma 0, from: a, to: x, signal: [ready]}
  - product: {a: x, b: b, c: y, wait_for: [ready]}
  - wait_until_done: all
  - tiled_matmul: {m: 32, n: 32, k: 32}
  - wait_until_done: all
  - transfer: {engine: dma 1, from: y, to: a}
`;

test("a workload comes out as elsewhere, whatever is looked at meanwhile", () => {
  const machine = new Machine({});
  const { cycles } = runWorkload(machine, parseWorkload(text, "yaml"));
  const session = new Session({ title: "workload", config: {}, program: { kind: "workload", text, format: "yaml" } });
  let slice = session.advance(1);
  for (let look = 0; !slice.isFinished; look++) {
    session.bytesAt((look * 37) % (slice.latestCycle + 1), "scratchpad", 0, 0, 64);
    slice = session.advance(1);
  }
  expect(slice).toMatchObject({ latestCycle: cycles, done: 4, steps: 4 });
  expect(session.statisticsAt(cycles)).toEqual(machine.statistics());
  const result = machine.external(0).read(0, 8192);
  expect(session.bytesAt(cycles, "external", 0, 0, 8192)).toEqual(result);
  expect(session.report()).toBeUndefined();
});

test("looking at the past does not change what comes", () => {
  const machine = new Machine({});
  if (product.program.kind !== "matmul") throw new Error("not a product");
  const { request } = product.program;
  const { report } = tiledMatmul(machine, { ...request, ...seededOperands(request) });
  const session = new Session(product);
  let isFinished = false;
  for (let look = 0; !isFinished; look++) {
    ({ isFinished } = session.advance(40));
    session.statisticsAt((look * 97) % (session.latestCycle + 1));
  }
  expect(session.report()).toEqual(report);
  expect(session.statisticsAt(session.latestCycle)).toEqual(machine.statistics());
});

test("figures at a cycle are the same whenever they are asked for", () => {
  const session = new Session(product);
  const early = [500, 1200, 900].map((cycle) => {
    while (session.latestCycle < cycle) session.advance(10);
    return JSON.stringify(session.statisticsAt(cycle));
  });
  const events = runToEnd(session, 1000);
  expect(events).toBeGreaterThan(0);
  expect([500, 1200, 900].map((cycle) => JSON.stringify(session.statisticsAt(cycle)))).toEqual(early);
});

test("all events are told once", () => {
  const whole = runToEnd(new Session(product), Number.POSITIVE_INFINITY);
  expect(runToEnd(new Session(product), 17)).toBe(whole);
});

test("reading stays inside of a memory", () => {
  const session = new Session(product);
  session.advance(10);
  expect(session.bytesAt(0, "scratchpad", 0, 65530, 100).length).toBe(6);
  expect(session.bytesAt(0, "scratchpad", 0, 1e9, 100).length).toBe(0);
});
