import { expect, test } from "vitest";
import { Machine, type MachineConfig } from "../src/index.ts";

/** The machine of a data center, with 65,536 scratchpads. */
const datacenter: MachineConfig = {
  externalMemory: { bankCount: 6, bankCapacityMb: 4096 },
  l3Tiles: { count: 64, capacityKb: 4096 },
  l2Banks: { count: 1024, capacityKb: 64 },
  scratchpads: { count: 65_536, capacityKb: 128 },
  computeTiles: { count: 256, rows: 32, cols: 32 },
  dmaEngines: { count: 32 },
  blockMovers: { count: 256 },
  streamers: { count: 1024 },
};

/** The lines of a section of the component listing, without its title. */
function sectionOf(text: string, title: string): readonly string[] {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.startsWith(`${title}: `)) + 1;
  const end = lines.findIndex((line, index) => index >= first && !line.startsWith("  "));
  return lines.slice(first, end < 0 ? undefined : end);
}

test("a machine of 65,536 scratchpads moves bytes to the last of them, and lists what is in use", () => {
  const machine = new Machine(datacenter);
  machine.external(5).write(0, Uint8Array.of(1, 2, 3, 4));
  machine
    .dma(31)
    .transfer({ source: machine.external(5).base, destination: machine.scratchpad(65_535).base, bytes: 4 });
  machine.runUntilIdle();
  expect([...machine.scratchpad(65_535).read(0, 4)]).toEqual([1, 2, 3, 4]);
  const lines = sectionOf(machine.componentStatusText(), "Scratchpads");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^ {2}\[65535\] 0x[0-9a-f]+, 128 KB, ready, 0 B read, 4 B written, /);
  expect(lines[1]).toBe("  (65535 not used so far; the statistics have the figures of all)");
  expect(machine.statistics().scratchpad[65_535]).toMatchObject({ bytesWritten: 4 });
});

test("where very many components are in use, the first 64 are listed and the rest counted", () => {
  const machine = new Machine(datacenter);
  for (let id = 0; id < 200; id++) machine.scratchpad(2 * id).write(0, Uint8Array.of(1));
  const lines = sectionOf(machine.componentStatusText(), "Scratchpads");
  expect(lines).toHaveLength(65);
  expect(lines[63]).toMatch(/^ {2}\[126\] /);
  expect(lines[64]).toBe("  (136 more in use, 65336 not used so far; the statistics have the figures of all)");
});

test("up to 64 components are all listed, used or not", () => {
  const lines = sectionOf(new Machine(datacenter).componentStatusText(), "L3 tiles");
  expect(lines).toHaveLength(64);
  expect(lines[63]).toMatch(/^ {2}\[63\] .* 4 MB, ready/);
});
