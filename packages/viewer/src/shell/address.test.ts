import fc from "fast-check";
import { expect, test } from "vitest";
import { examples } from "../workload/examples.ts";
import { addressOf, placeOf } from "./address.ts";

test.each(examples.map((example) => [example.title, example] as const))("brings back %s", (_, example) => {
  expect(placeOf(addressOf(example, "memory", 4711))).toEqual({
    request: example,
    view: "memory",
    cycle: 4711,
    fault: undefined,
  });
});

test("an empty address is the page as at first", () => {
  expect(placeOf("")).toEqual({ request: undefined, view: undefined, cycle: undefined, fault: undefined });
});

test.each([
  "#run=",
  "#run={",
  "#run=null",
  '#run={"title":1,"config":{},"program":{"kind":"transfer","bytes":1}}',
  '#run={"title":"","config":[],"program":{"kind":"transfer","bytes":1}}',
  '#run={"title":"","config":{},"program":{"kind":"recorded"}}',
  '#run={"title":"","config":{},"program":{"kind":"matmul","request":{"m":1,"n":1}}}',
  '#run={"title":"","config":{},"program":{"kind":"matmul","request":{"m":1,"n":1,"k":1,"a":[1]}}}',
])("%s is no run, and says so", (hash) => {
  expect(placeOf(hash)).toMatchObject({ request: undefined, fault: expect.stringContaining("no run") });
});

test("whatever the address, it is read or refused", () => {
  fc.assert(fc.property(fc.string(), fc.json(), (text, json) => void [placeOf(`#${text}`), placeOf(`#run=${json}`)]));
  expect(placeOf("#cycle=-3").cycle).toBeUndefined();
  expect(placeOf("#cycle=1e99").cycle).toBeUndefined();
});
