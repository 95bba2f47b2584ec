import { describe, expect, test } from "vitest";
import { KpuError } from "../errors.ts";
import { Machine } from "../machine.ts";
import { configFields } from "./fields.ts";
import { completeFlatConfig, flattenConfig } from "./flat-config.ts";
import { nestConfig } from "./nest-config.ts";
import { divide, leastCommonDenominator, rationalOf } from "./rational.ts";

function refusal(attempt: () => unknown): KpuError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof KpuError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("rationals", () => {
  test.each([
    [0.9, 9n, 10n],
    [100, 100n, 1n],
    [819.2, 4096n, 5n],
    [1e-7, 1n, 10000000n],
    [2.5e21, 2500000000000000000000n, 1n],
  ])("%d is its shortest decimal text", (value, numerator, denominator) => {
    expect(rationalOf(value)).toEqual({ numerator, denominator });
  });

  test("bytes per cycle and their common denominator are exact", () => {
    const width = divide(rationalOf(100), rationalOf(0.9));
    expect(width).toEqual({ numerator: 1000n, denominator: 9n });
    expect(leastCommonDenominator([width, divide(rationalOf(34), rationalOf(4))])).toBe(18n);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("%d has no width", (value) => {
    expect(() => rationalOf(value)).toThrow(RangeError);
  });
});

describe("the table of fields", () => {
  test("flat and nested forms hold the same values for every field", () => {
    const distinct = Object.fromEntries(
      configFields.map(({ flat, kind, initial, choices = [] }, index) => {
        if (kind === "text") return [flat, `CL=${index}`];
        if (kind === "choice") return [flat, choices.at(-1) ?? initial];
        return [flat, kind === "flag" ? initial !== true : index + 1];
      }),
    );
    expect(flattenConfig(nestConfig(completeFlatConfig(distinct)))).toEqual(distinct);
  });

  test("nothing given is every default", () => {
    const defaults = Object.fromEntries(configFields.map(({ flat, initial }) => [flat, initial]));
    expect(flattenConfig({})).toEqual(defaults);
    expect(new Machine().config.scratchpads.capacityKb).toBe(64);
  });
});

describe("refused configurations", () => {
  test("an unknown name is answered with the nearest one", () => {
    expect(refusal(() => completeFlatConfig({ memory_bnk_count: 2 })).message).toContain("'memory_bank_count'");
    const misspelt = JSON.parse('{"externalMemory":{"bankCuont":2}}');
    expect(refusal(() => flattenConfig(misspelt)).message).toContain("'externalMemory.bankCount'");
  });

  test.each([
    [{ memory_bank_count: -1 }, "type"],
    [{ memory_bank_count: 1.5 }, "type"],
    [{ memory_bank_count: "2" }, "type"],
    [{ memory_bank_count: 2 ** 30 }, "value"],
    [{ use_systolic_arrays: 1 }, "type"],
    [{ clock_ghz: 0 }, "value"],
    [{ memory_bandwidth_gbps: -5 }, "value"],
    [{ dataflow: "sideways" }, "value"],
    [{ fidelity: "exact" }, "value"],
    [{ dram_part: "DDR4" }, "value"],
  ])("%j is refused by itself", (given, reason) => {
    const error = refusal(() => completeFlatConfig(given));
    expect(error).toMatchObject({ code: "KPU_CONFIG", kind: "config", details: { reason } });
    expect(error.message).toContain(Object.keys(given)[0]);
  });

  test("a machine without memory, and everything else that is wrong, is said at once", () => {
    const error = refusal(
      () => new Machine({ hostMemory: { regionCount: 0 }, externalMemory: { bankCount: 0 }, l3Tiles: { count: 0 } }),
    );
    expect(error.message).toContain("no memory");
    expect(error.message).toContain("block_mover_count is 4 but l3_tile_count is 0");
  });

  test.each([
    [{ dram_refresh: "per_bank" }, "DDR4-3200 is refreshed all banks at once"],
    [{ fidelity: "cycle", dram_part: "HBM2-2000" }, "1 x 256 MB of HBM2-2000: use dram_channels 4"],
    [{ fidelity: "cycle", memory_bank_count: 64, dram_channels: 32 }, "more than 1024 channels"],
    [{ fidelity: "cycle", clock_ghz: 1.00001, dram_part: "DDR4-2400" }, "no exact ratio"],
  ])("DRAM that is %j makes no sense", (fields, text) => {
    expect(refusal(() => new Machine(nestConfig(completeFlatConfig(fields)))).message).toContain(text);
  });

  test.each([
    [{ externalMemory: { bankCapacityMb: 0 } }, "memory_bank_capacity_mb is 0"],
    [{ l2Banks: { count: 0 } }, "streamer_count is 8 but l2_bank_count is 0"],
    [{ computeTiles: { rows: 0 } }, "0 x 16"],
    [{ hostMemory: { bandwidthGbps: 1e300 } }, "2**53"],
    [{ clockGhz: 0.123456789012345 }, "fewer decimals"],
    [{ externalMemory: { base: 2 ** 53 - 1 } }, "2**53"],
    [{ hostMemory: { regionCapacityMb: 2 ** 33 } }, "2**53"],
    [{ l3Tiles: { base: 0x1000 } }, "overlap"],
    [{ externalMemory: { dramChannels: 3 } }, "dram_channels is 3: it must be a power of two from 1 to 64"],
    [{ externalMemory: { dramChannels: 128 } }, "dram_channels is 128"],
    [{ externalMemory: { dramQueueDepth: 0 } }, "dram_queue_depth is 0: it must be from 1 to 1024"],
    [{ externalMemory: { dramQueueDepth: 1025 } }, "dram_queue_depth is 1025"],
    [{ externalMemory: { dramPart: "DDR4-2400", dramPowerDownClocks: 10 } }, "DDR4-2400 has no figures"],
  ])("%j makes no sense", (config, text) => {
    expect(refusal(() => new Machine(config)).message).toContain(text);
  });

  test("overlapping classes are both named with their ranges", () => {
    const { message } = refusal(() => new Machine({ scratchpads: { base: 0x1_0000_0000 } }));
    expect(message).toContain("external banks [0x100000000, 0x180000000)");
    expect(message).toContain("scratchpads [0x100000000, 0x100020000)");
  });
});
