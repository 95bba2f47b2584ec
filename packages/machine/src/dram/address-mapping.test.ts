import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KpuError } from "../errors.ts";
import { AddressMapping, addressMappings } from "./address-mapping.ts";
import { channelBytes } from "./dram-part.ts";
import { dramPartNamed, dramParts } from "./dram-parts.ts";

describe("the places of bursts", () => {
  it("are as the order says: rochrababgco of DDR4-3200, 128 bursts a row", () => {
    const mapping = new AddressMapping(dramPartNamed("DDR4-3200"), 2, "rochrababgco");
    const place = (burst: number) => [
      mapping.rowOf(burst),
      mapping.channelOf(burst),
      mapping.bankOf(burst),
      mapping.columnOf(burst),
    ];
    expect(place(mapping.burstOf(64 * 127 + 63))).toEqual([0, 0, 0, 127]);
    expect(place(128)).toEqual([0, 0, 4, 0]); // the next bank group
    expect(place(128 * 4)).toEqual([0, 0, 1, 0]); // the next bank
    expect(place(128 * 16)).toEqual([0, 0, 16, 0]); // the other rank
    expect(place(128 * 32)).toEqual([0, 1, 0, 0]); // the other channel
    expect(place(128 * 64)).toEqual([1, 0, 0, 0]);
  });

  it("go round channels, then bank groups, by the first order", () => {
    const mapping = new AddressMapping(dramPartNamed("DDR4-3200"), 2, addressMappings[0]);
    const banks = Array.from({ length: 9 }, (_, burst) => [mapping.channelOf(burst), mapping.bankOf(burst)]);
    expect(banks).toEqual([0, 4, 8, 12, 0].flatMap((bank) => [0, 1].map((channel) => [channel, bank])).slice(0, 9));
  });

  it("are different for different bursts", () => {
    const property = fc.property(
      fc.constantFrom(...dramParts),
      fc.constantFrom(...addressMappings),
      fc.constantFrom(1, 2, 16),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (part, order, channels, one, other) => {
        const mapping = new AddressMapping(part, channels, order);
        const bursts = (channels * channelBytes(part)) / part.burstBytes;
        const place = (burst: number): string =>
          [mapping.channelOf(burst), mapping.bankOf(burst), mapping.rowOf(burst), mapping.columnOf(burst)].join();
        const [a, b] = [Math.floor(one * bursts), Math.floor(other * bursts)];
        expect(place(a) === place(b)).toBe(a === b);
        expect(mapping.rowOf(a)).toBeLessThan(part.rows);
        expect(mapping.channelOf(a)).toBeLessThan(channels);
        expect(mapping.bankOf(a)).toBeLessThan(part.ranks * part.bankGroups * part.banksPerGroup);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it.each(["rochrababg", "rorarababgco", "rochrababgcx", ""])("cannot be told by '%s'", (order) => {
    expect(() => new AddressMapping(dramPartNamed("DDR4-3200"), 1, order)).toThrow(KpuError);
  });
});
