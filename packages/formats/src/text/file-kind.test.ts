import { expect, test } from "vitest";
import { checkConfig } from "../kpu/kpu-file.ts";
import { checkSystem } from "../system/system-file.ts";
import { checkWorkload } from "../workload/workload-file.ts";
import type { Report } from "./findings.ts";

const texts = {
  kpu: "external_memory: {bank_count: 1, bank_capacity_mb: 64}\ncompute: {tile_count: 1}",
  system: "system: {name: x}\naccelerators: []",
  workload: "kind: kpu-workload\nversion: 1\nprogram: []",
};
const checks: Readonly<Record<string, (text: string, format: "yaml") => Report>> = {
  "the configuration of one KPU": checkConfig,
  "the description of a whole system": checkSystem,
  "a workload": checkWorkload,
};

test.each(Object.entries(checks))(
  "who wants %s says of files of other kinds what they are, and no more",
  (wanted, check) => {
    const messages = Object.values(texts).flatMap((text) => check(text, "yaml").errors.map(({ message }) => message));
    const others = Object.keys(checks).filter((what) => what !== wanted);
    expect(messages.filter((message) => message.startsWith("the file is"))).toEqual(
      others.map((what) => `the file is ${what}, not ${wanted}`),
    );
  },
);

test("names that are far off are not proposed", () => {
  expect(checkConfig("kpu: 1", "yaml").errors.map(({ message }) => message)).toEqual(["kpu is not a known key"]);
});

test("a list that contradicts its count is one error", () => {
  const text = "external_memory:\n  bank_count: 3\n  banks: [{capacity_mb: 64}, {capacity_mb: 64}]";
  expect(checkConfig(text, "yaml").errors.map(({ message }) => message)).toEqual([
    "external_memory.banks lists 2, but external_memory.bank_count is 3: leave one out",
  ]);
});
