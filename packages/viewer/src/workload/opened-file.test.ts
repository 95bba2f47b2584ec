import { configToText, presets } from "kpu-sim";
import { expect, test } from "vitest";
import { Session } from "../engine/session.ts";
import { openedFile } from "./opened-file.ts";

const transfer = { kind: "transfer", bytes: 64 } as const;

test("a configuration gets the present program", async () => {
  const file = new File([configToText(presets.minimal, "yaml")], "small.yaml");
  const opened = await openedFile(file, transfer);
  expect(opened).toMatchObject({ kind: "run", request: { title: "small.yaml", program: transfer } });
  expect(opened.kind === "run" && opened.request.config.computeTiles).toMatchObject({ rows: 8, cols: 8 });
  expect(await openedFile(file, { kind: "recorded" })).toMatchObject({ request: { program: { kind: "matmul" } } });
});

const workload = `kind: kpu-workload
version: 1
name: two steps
machine: {dma_engine_count: 3}
areas: [{name: A, memory: external 0, cols: 16, fill: ones}, {name: B, memory: l1 0, cols: 16}]
program: [{transfer: {engine: dma 2, from: A, to: B}}, {wait_until_done: all}, {transfer: {engine: dma 1, from: B, to: A}}]
expect: [{area: B, equals: A}, {hazards: 1}]
`;

test("a workload is run on the machine that it asks for", async () => {
  const opened = await openedFile(new File([workload], "steps.yaml"), transfer);
  expect(opened).toMatchObject({
    kind: "run",
    request: { title: "two steps", program: { kind: "workload", text: workload, format: "yaml" } },
  });
  if (opened.kind !== "run") return;
  expect(opened.request.config.dmaEngines).toMatchObject({ count: 3 });
  const session = new Session(opened.request);
  while (!session.isFinished) session.advance(2);
  expect(session.expectations()).toMatchObject([{ isMet: true }, { isMet: false, found: "0" }]);
  const { columns } = new Session(opened.request).advance(1000);
  expect([...columns.begin]).toEqual([0, session.latestCycle / 2]);
  expect(new Float32Array(session.bytesAt(session.latestCycle, "scratchpad", 0, 0, 64).slice().buffer)).toEqual(
    new Float32Array(16).fill(1),
  );
});

test("a trace is handed on as bytes", async () => {
  expect(await openedFile(new File([Uint8Array.of(1, 2)], "run.kputrace"), undefined)).toEqual({
    kind: "trace",
    name: "run.kputrace",
    bytes: Uint8Array.of(1, 2),
  });
});

test.each([
  ["picture.png", "x", /cannot be opened: drop a .kputrace, a workload/],
  ["wrong.yaml", "clock_ghz: fast", /line 1/],
  ["wrong.json", "{", /line 1/],
  ["wrong-workload.yaml", "kind: kpu-workload\nversion: 7", /version must be 1/],
  ["large.yaml", "#".repeat(4 * 2 ** 20 + 1), /at most 4194304/],
])("%s is refused", async (name, text, message) => {
  await expect(openedFile(new File([text], name), transfer)).rejects.toThrow(message);
});
