import { configToText, presets } from "kpu-sim";
import { expect, test } from "vitest";
import { openedFile } from "./opened-file.ts";

const transfer = { kind: "transfer", bytes: 64 } as const;

test("a configuration gets the present program", async () => {
  const file = new File([configToText(presets.minimal, "yaml")], "small.yaml");
  const opened = await openedFile(file, transfer);
  expect(opened).toMatchObject({ kind: "run", request: { title: "small.yaml", program: transfer } });
  expect(opened.kind === "run" && opened.request.config.computeTiles).toMatchObject({ rows: 8, cols: 8 });
  expect(await openedFile(file, { kind: "recorded" })).toMatchObject({ request: { program: { kind: "matmul" } } });
});

const workload = `
kind: kpu-workload
version: 1
name: Ones
machine: {memory_bank_count: 3}
areas: [{name: a, memory: external 2, rows: 4, cols: 4, fill: ones}, {name: b, memory: l1 0, rows: 4, cols: 4}]
program: [{transfer: {engine: dma 0, from: a, to: b}}]
`;

test("a workload brings its machine", async () => {
  const opened = await openedFile(new File([workload], "ones.yaml"), transfer);
  expect(opened).toMatchObject({ kind: "run", request: { title: "Ones", program: { kind: "workload" } } });
  if (opened.kind !== "run") throw new Error("no run");
  expect(opened.request.config.externalMemory).toMatchObject({ bankCount: 3 });
  const { program } = opened.request;
  const machine = await openedFile(new File([configToText(presets.minimal, "yaml")], "small.yaml"), program);
  expect(machine).toMatchObject({ request: { program } });
});

test("a trace is handed on as bytes", async () => {
  expect(await openedFile(new File([Uint8Array.of(1, 2)], "run.kputrace"), undefined)).toEqual({
    kind: "trace",
    name: "run.kputrace",
    bytes: Uint8Array.of(1, 2),
  });
});

test.each([
  ["picture.png", "x", /cannot be opened: drop a .kputrace/],
  ["wrong.yaml", "clock_ghz: fast", /line 1/],
  ["work.yaml", "kind: kpu-workload\nversion: 1\nprogram: [{transfer: 3}]", /line 3/],
  ["wrong.json", "{", /line 1/],
  ["large.yaml", "#".repeat(4 * 2 ** 20 + 1), /at most 4194304/],
])("%s is refused", async (name, text, message) => {
  await expect(openedFile(new File([text], name), transfer)).rejects.toThrow(message);
});
