import fc from "fast-check";
import { expect, test } from "vitest";
import { decode } from "../../src/faults/secded.ts";

const positions = 72;

test("every single flip is turned back, in data and in check bits", () => {
  for (let position = 0; position < positions; position++) {
    expect(decode([position])).toEqual({ kind: "corrects", position });
  }
  expect(decode([])).toEqual({ kind: "clean" });
});

test("every two flips are detected", () => {
  for (let one = 0; one < positions; one++) {
    for (let other = one + 1; other < positions; other++) expect(decode([one, other])).toEqual({ kind: "detected" });
  }
});

test("an even number of flips is never turned into another word, and three are never taken for none", () => {
  const places = fc.uniqueArray(fc.nat(positions - 1), { minLength: 3, maxLength: 9 });
  fc.assert(
    fc.property(places, (flipped) => {
      const { kind } = decode(flipped);
      if (flipped.length % 2 === 0) expect(kind).not.toBe("corrects");
      else expect(kind).not.toBe("clean");
    }),
  );
});
