import { describe, expect, test } from "vitest";
import type { MachineConfig } from "../config/machine-config.ts";
import { Machine } from "../machine.ts";
import { memoryKinds } from "../memory/memory-kind.ts";

function bases(config: MachineConfig): number[] {
  const machine = new Machine(config);
  return memoryKinds.map((kind) => machine.memoryRange(kind).base);
}

describe("automatic bases (timing rules, table of maps)", () => {
  test.each<[MachineConfig, number[]]>([
    [{}, [0x0, 0x100000000, 0x180000000, 0x180080000, 0x180100000]],
    [
      { externalMemory: { bankCapacityMb: 64 }, scratchpads: { capacityKb: 256 } },
      [0x0, 0x100000000, 0x180000000, 0x180080000, 0x180100000],
    ],
    [{ hostMemory: { regionCapacityMb: 4097 } }, [0x0, 0x180000000, 0x200000000, 0x200080000, 0x200100000]],
    [{ hostMemory: { regionCapacityMb: 6144 } }, [0x0, 0x180000000, 0x200000000, 0x200080000, 0x200100000]],
    [{ externalMemory: { bankCount: 3 } }, [0x0, 0x100000000, 0x200000000, 0x200080000, 0x200100000]],
    [{ externalMemory: { base: 0x500000000 } }, [0x0, 0x500000000, 0x580000000, 0x580080000, 0x580100000]],
  ])("%j", (config, expected) => {
    expect(bases(config)).toEqual(expected);
  });

  test("an empty class ends where it starts", () => {
    const config = { l3Tiles: { count: 0 }, blockMovers: { count: 0 } };
    expect(bases(config)).toEqual([0x0, 0x100000000, 0x180000000, 0x180000000, 0x180080000]);
  });
});

describe("decoding", () => {
  const machine = new Machine();
  const copy = (source: number, destination: number, bytes: number) => () =>
    machine.dma(0).transfer({ source, destination, bytes });

  test.each([
    ["between classes", 0x1_8012_0000, "source address 0x180120000 lies in no memory region"],
    ["past everything", 2 ** 53 - 1, "0x1fffffffffffff lies in no memory region"],
    ["negative", -8, "-0x8 lies in no memory region"],
    ["fractional", 0.5, "0.5 lies in no memory region"],
  ])("refuses an address %s", (_, address, text) => {
    expect(copy(address, 0, 4)).toThrow(text);
    expect(machine.isIdle).toBe(true);
  });

  test("refuses an end that leaves its region and says what fits", () => {
    expect(copy(0, 0x1_3fff_fff0, 17)).toThrow(
      /destination range 0x13ffffff0 \+ 17 bytes leaves external bank 0.*at most 16 bytes fit/,
    );
    expect(machine.isIdle).toBe(true);
  });

  test("the last byte of a region belongs to it", () => {
    const target = machine.scratchpad(1);
    machine.external(1).write(2 ** 30 - 1, Uint8Array.of(7));
    copy(0x1_8000_0000 - 1, target.base + target.capacityBytes - 1, 1)();
    machine.runUntilIdle();
    expect(target.read(target.capacityBytes - 1, 1)).toEqual(Uint8Array.of(7));
    machine.reset();
  });

  test("an id that the machine does not have is answered with the valid ones", () => {
    expect(() => machine.external(2)).toThrow("external bank 2 does not exist: valid ids are 0 to 1");
    expect(() => machine.dma(-1)).toThrow("DMA engine -1 does not exist");
    expect(() => machine.tile(0.5)).toThrow("compute tile 0.5 does not exist");
  });
});
