import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { hasReferenceData } from "../../packages/machine/test/published/reference-data.ts";
import { notValidated } from "./not-validated.ts";
import { sections } from "./sections.ts";
import { type FilledSection, validationPage } from "./validation-page.ts";
import { standingOf, type ValidationRow } from "./validation-row.ts";

const rowsFile = "../../packages/viewer/src/validation/validation-rows.json";

/** Rows that need data which a clone by itself lacks are those that were found where the data was. */
const written: { readonly sections: readonly FilledSection[] } = JSON.parse(
  readFileSync(fileURLToPath(new URL(rowsFile, import.meta.url)), "utf8"),
);

const filled: readonly FilledSection[] = sections.map(({ title, note, rows, needsReferenceData }) => ({
  title,
  note,
  rows:
    needsReferenceData === true && !hasReferenceData
      ? (written.sections.find((section) => section.title === title)?.rows ?? [])
      : rows(),
}));

/** A row a line, so that a change shows which figures it has changed. */
function rowsText(sections: readonly FilledSection[]): string {
  const texts = sections.map(({ title, note, rows }) => {
    const lines = rows.map((row) => JSON.stringify(row)).join(",\n");
    return `{"title": ${JSON.stringify(title)},\n"note": ${JSON.stringify(note)},\n"rows": [\n${lines}\n]}`;
  });
  const gaps = notValidated.map((gap) => JSON.stringify(gap)).join(",\n");
  return `{"sections": [\n${texts.join(",\n")}],\n"notValidated": [\n${gaps}\n]}\n`;
}

const rows = filled.flatMap((section) => section.rows);

test.each(rows)("$id", (row) => {
  expect(standingOf(row), `${row.published} published, ${row.ours} ours`).not.toBe("wrong");
});

test("a row that must be exact, or is off by more than its tolerance, is wrong", () => {
  const row: ValidationRow = {
    id: "",
    quantity: "",
    source: "",
    published: 200,
    ours: 201,
    unit: "",
    tolerance: 0,
    command: "",
  };
  expect(standingOf(row)).toBe("wrong");
  expect(standingOf({ ...row, tolerance: 0.0049 })).toBe("wrong");
  expect(standingOf({ ...row, tolerance: 0.005 })).toBe("within tolerance");
  expect(standingOf({ ...row, tolerance: undefined })).toBe("stated");
  expect(standingOf({ ...row, ours: Number.NaN, tolerance: undefined })).toBe("wrong");
  expect(standingOf({ ...row, ours: 200 })).toBe("exact");
});

test("no two rows have the same name, and every section has some", () => {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(filled.filter((section) => section.rows.length === 0)).toEqual([]);
});

test("the page and the viewer's rows are what has been found", async () => {
  await expect(validationPage(filled)).toMatchFileSnapshot("../../docs/validation.md");
  await expect(rowsText(filled)).toMatchFileSnapshot(rowsFile);
});
