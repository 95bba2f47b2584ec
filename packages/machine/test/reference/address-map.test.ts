import { describe, expect, it } from "vitest";
import { mapRegions, regionOf } from "./address-map.ts";
import { type HardwareConfig, type MemoryKind, resolveHardware } from "./hardware.ts";

function basesOf(config: HardwareConfig): Partial<Record<MemoryKind, number>> {
  const bases: Partial<Record<MemoryKind, number>> = {};
  for (const region of mapRegions(resolveHardware(config).levels)) {
    bases[region.kind] ??= region.base;
  }
  return bases;
}

describe("automatic starts (rule 1)", () => {
  it("stay when what is before ends exactly there", () => {
    expect(basesOf({ hostMemory: { regionCapacityMb: 4096 } }).external).toBe(0x1_0000_0000);
  });

  it("move to an end that is itself a multiple of 2 GiB", () => {
    expect(basesOf({ hostMemory: { regionCapacityMb: 6144 } }).external).toBe(0x1_8000_0000);
  });

  it("look at the largest end before, wherever a class was placed", () => {
    const bases = basesOf({ hostMemory: { base: 0x7_0000_0000, regionCapacityMb: 1 } });
    expect(bases).toMatchObject({ host: 0x7_0000_0000, external: 0x7_8000_0000, l3: 0x8_0000_0000 });
  });

  it("do not look at empty classes", () => {
    const bases = basesOf({ hostMemory: { regionCount: 0, base: 0x7_0000_0000 } });
    expect(bases).toMatchObject({ external: 0x1_0000_0000, l3: 0x1_8000_0000 });
  });
});

describe("classes on the chip (rule 2)", () => {
  it("follow the class before them when that was placed by hand", () => {
    const bases = basesOf({ l3Tiles: { base: 0x4000_0000_0000 } });
    expect(bases).toMatchObject({ l2: 0x4000_0008_0000, scratchpad: 0x4000_0010_0000 });
  });

  it("start where an empty class starts", () => {
    expect(basesOf({ l3Tiles: { count: 0 } })).toMatchObject({ l2: 0x1_8000_0000, scratchpad: 0x1_8008_0000 });
    expect(basesOf({ l2Banks: { count: 0, base: 0x9_0000_0000 } }).scratchpad).toBe(0x9_0000_0000);
  });

  it("may be placed below what is before them, but not over it", () => {
    expect(basesOf({ hostMemory: { base: 0x5_0000_0000 }, scratchpads: { base: 64 } }).scratchpad).toBe(64);
    expect(() => basesOf({ scratchpads: { base: 64 } })).toThrow("overlaps");
  });
});

describe("the address space", () => {
  it("ends below 2^53", () => {
    const l3End = 2 ** 53 - 0x8_0000 - 1;
    expect(() => basesOf({ scratchpads: { base: 2 ** 53 - 128 * 1024 } })).toThrow("2^53");
    expect(basesOf({ scratchpads: { base: 2 ** 53 - 128 * 1024 - 1 } }).scratchpad).toBe(2 ** 53 - 128 * 1024 - 1);
    expect(() => basesOf({ l3Tiles: { base: l3End } })).toThrow("2^53");
  });

  it("is left by an empty class that ends, where it starts, at 2^53", () => {
    const none = { count: 0 };
    const onlyHost = { externalMemory: { bankCount: 0 }, l3Tiles: none, l2Banks: none, scratchpads: none };
    const hostEndingAt = (end: number): HardwareConfig => ({
      ...onlyHost,
      hostMemory: { regionCapacityMb: 1, base: end - 2 ** 20 },
    });
    expect(basesOf(hostEndingAt(2 ** 53 - 2 ** 31))).toEqual({ host: 2 ** 53 - 2 ** 31 - 2 ** 20 });
    expect(() => basesOf(hostEndingAt(2 ** 53 - 2 ** 31 + 1))).toThrow("2^53");
  });

  it("packs regions in id order and finds them again", () => {
    const regions = mapRegions(resolveHardware({}).levels);
    const bank1 = regionOf(regions, 0x1_4000_0000, 16);
    expect(bank1).toMatchObject({ kind: "external", id: 1, base: 0x1_4000_0000 });
    expect(regionOf(regions, 0x1_4000_0000 - 16, 16)).toMatchObject({ kind: "external", id: 0 });
    expect(() => regionOf(regions, 0x1_4000_0000 - 16, 17)).toThrow("no region");
  });

  it("holds the address of a transfer of no bytes in a region, too (rule 7)", () => {
    const regions = mapRegions(resolveHardware({}).levels);
    expect(regionOf(regions, 0x1_8010_0000 + 128 * 1024 - 1, 0)).toMatchObject({ kind: "scratchpad", id: 1 });
    expect(() => regionOf(regions, 0x1_8010_0000 + 128 * 1024, 0)).toThrow("no region");
  });
});
