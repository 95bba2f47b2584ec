import { notValidated } from "./not-validated.ts";
import { relativeError, standingOf, type ValidationRow } from "./validation-row.ts";

/** A section with the rows it has given. */
export type FilledSection = Readonly<{ title: string; note: string; rows: readonly ValidationRow[] }>;

/** docs/validation.md. */
export function validationPage(sections: readonly FilledSection[]): string {
  const rows = sections.flatMap((section) => section.rows);
  const claimed = rows.filter(({ tolerance }) => tolerance !== undefined);
  const exact = claimed.filter((row) => standingOf(row) === "exact").length;
  const worst = Math.max(0, ...claimed.map((row) => Math.abs(relativeError(row))));
  const stated = rows.filter(({ tolerance }) => tolerance === undefined);
  return [
    "# Validation",
    "",
    "<!-- Written by the tests: npx vitest run test/validation -u -->",
    "",
    "Every figure of others that the simulator is compared with: what they give, what we give, and the difference. The tests of each",
    "change compute our figures anew and fail if one is off by more than its section says, or if this page is not what they have found.",
    "",
    `**${rows.length} figures.** Of ${claimed.length} that are to agree, ${exact} are exactly equal, and the worst of the others is off by ` +
      `${percent(worst)} (rounding of what is printed, and approximations that its section names). ` +
      `${stated.length} stand beside another model's without a claim; the largest difference is ${percent(
        Math.max(0, ...stated.map((row) => Math.abs(relativeError(row)))),
      )}.`,
    "",
    "All at once: `npx vitest run test/validation`. The command of a table reproduces its rows alone.",
    "",
    ...sections.flatMap(sectionLines),
    "## What is not validated",
    "",
    ...notValidated.map(({ what, why }) => `- **${what}.** ${why}`),
    "",
  ].join("\n");
}

function sectionLines({ title, note, rows }: FilledSection): readonly string[] {
  const groups = new Map<string, ValidationRow[]>();
  for (const row of rows) {
    const key = `Source: ${row.source}. Command: \`${row.command}\``;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [
    `## ${title}`,
    "",
    note,
    "",
    ...[...groups].flatMap(([key, group]) => [
      key,
      "",
      "| figure | unit | published | ours | error |",
      "|---|---|--:|--:|--:|",
      ...group.map(
        (row) =>
          `| ${row.quantity} | ${row.unit} | ${number(row.published)} | ${number(row.ours)} | ${row.ours === row.published ? "0" : percent(relativeError(row))} |`,
      ),
      "",
    ]),
  ];
}

/** Six digits that count are as many as any of the sources prints; counts are given whole. */
function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return String(Number(value.toPrecision(6)));
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
