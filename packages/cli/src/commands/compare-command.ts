import type { Command } from "commander";
import { statisticDefinitions } from "kpu-sim";
import { textOf } from "../terminal/files.ts";
import { table } from "../terminal/table.ts";
import { type Terminal, UsageError } from "../terminal/terminal.ts";

/** A figure of a result, by its place: `levels.host.bytesRead`. */
type FlatFigures = ReadonlyMap<string, number>;

type Difference = {
  readonly figure: string;
  readonly a: number | undefined;
  readonly b: number | undefined;
  /** b over a; undefined where one is missing or a is 0. */
  readonly ratio: number | undefined;
};

const mostShown = 40;
const mostFigures = 1_000_000;
/** What entries of lists are told apart by, instead of their place. */
const nameKeys = ["unit", "level", "expected"] as const;

export function addCompareCommand(program: Command, terminal: Terminal): void {
  program
    .command("compare")
    .description("say in what two runs differ, from what `kpu run --json` wrote")
    .argument("<a>", "result of the first run (.json)")
    .argument("<b>", "result of the second run")
    .option("--json", "every difference as JSON")
    .option("--all", `every difference instead of the ${mostShown} largest`)
    .addHelpText(
      "after",
      `
Examples:
  kpu run -m 256 --json > one.json && kpu run -m 256 --no-double-buffer --json > other.json
  kpu compare one.json other.json`,
    )
    .action((a: string, b: string, options: { readonly json?: boolean; readonly all?: boolean }) => {
      const differences = differencesOf(figuresOf(a), figuresOf(b));
      if (options.json) terminal.out(`${JSON.stringify(differences, undefined, 2)}\n`);
      else terminal.out(textOfDifferences(differences, options.all === true));
    });
}

function figuresOf(path: string): FlatFigures {
  let value: unknown;
  try {
    value = JSON.parse(textOf(path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} is no result of kpu run --json: ${error instanceof Error ? error.message : error}`);
  }
  const figures = new Map<string, number>();
  flatten(value, "", figures);
  if (!figures.has("cycles")) throw new UsageError(`${path} is no result of kpu run --json: it has no figure 'cycles'`);
  return figures;
}

function flatten(value: unknown, place: string, figures: Map<string, number>): void {
  if (figures.size >= mostFigures) throw new UsageError(`more than ${mostFigures} figures`);
  if (typeof value === "number") figures.set(place, value);
  else if (typeof value === "object" && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      const name = Array.isArray(value) ? (nameOf(each) ?? key) : key;
      flatten(each, place === "" ? name : `${place}.${name}`, figures);
    }
  }
}

/** What an entry of a list calls itself. */
function nameOf(entry: unknown): string | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const names: Readonly<Record<string, unknown>> = { ...entry };
  for (const key of nameKeys) if (typeof names[key] === "string") return names[key];
  return undefined;
}

/** Figures that differ: cycles first, then the largest changes in proportion. */
function differencesOf(a: FlatFigures, b: FlatFigures): Difference[] {
  const differences: Difference[] = [];
  for (const figure of new Set([...a.keys(), ...b.keys()])) {
    const [first, second] = [a.get(figure), b.get(figure)];
    if (first === second) continue;
    const ratio = first === undefined || second === undefined || first === 0 ? undefined : second / first;
    differences.push({ figure, a: first, b: second, ratio });
  }
  const weight = ({ figure, ratio }: Difference): number => {
    if (!figure.includes(".")) return Number.POSITIVE_INFINITY;
    return ratio === undefined || ratio <= 0 ? 1e9 : Math.abs(Math.log(ratio));
  };
  return differences.toSorted((one, other) => {
    const [heavy, light] = [weight(one), weight(other)];
    return heavy === light ? (one.figure < other.figure ? -1 : 1) : light - heavy;
  });
}

function textOfDifferences(differences: readonly Difference[], isAll: boolean): string {
  if (differences.length === 0) return "no differences\n";
  const shown = isAll ? differences : differences.slice(0, mostShown);
  const rows = shown.map(({ figure, a, b, ratio }) => [
    figure,
    text(a),
    text(b),
    ratio === undefined ? "" : `x ${ratio.toFixed(3)}`,
    unitOf(figure),
  ]);
  const more = differences.length - shown.length;
  return table(["figure", "a", "b", "b/a", "unit"], rows) + (more > 0 ? `${more} more differences: --all\n` : "");
}

/** The declared unit of a statistic, by the last part of its place. */
function unitOf(figure: string): string {
  const name = figure.slice(figure.lastIndexOf(".") + 1);
  if (name === "cycles") return "cycles";
  for (const definitions of Object.values(statisticDefinitions)) {
    const found = definitions.find((each) => each.name === name);
    if (found !== undefined) return found.unit;
  }
  return "";
}

function text(value: number | undefined): string {
  if (value === undefined) return "-";
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}
