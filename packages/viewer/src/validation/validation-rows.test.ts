import { expect, test } from "vitest";
import { notValidated, sections } from "./validation-rows.json" with { type: "json" };
import { figureText, judged, type Row, summary } from "./validation-rows.ts";

const rows = sections.flatMap((section): readonly Row[] => section.rows);
const row: Row = {
  id: "",
  quantity: "",
  source: "",
  published: 12_500,
  ours: 12_500,
  unit: "",
  tolerance: 0.1,
  command: "",
};

test("every figure of the tests is there, and what is not validated", () => {
  expect(rows.length).toBeGreaterThan(150);
  expect(notValidated.length).toBeGreaterThan(5);
  expect(summary(rows)).toContain(`${rows.length} published figures`);
});

test("figures are shown with their difference", () => {
  expect(figureText(row)).toEqual({
    published: "12\u2009500",
    ours: "12\u2009500",
    error: "0",
  });
  expect(figureText({ ...row, ours: 12_375.5 })).toEqual({
    published: "12\u2009500",
    ours: "12375.5",
    error: "-1 %",
  });
});

test("a difference without a tolerance is stated", () => {
  expect(judged(row)).toBe("exact");
  expect(judged({ ...row, ours: 12_600 })).toBe("close");
  expect(judged({ ...row, ours: 12_600, tolerance: undefined })).toBe("stated");
});
