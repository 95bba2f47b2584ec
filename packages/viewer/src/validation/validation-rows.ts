import { grouped } from "../shell/format.ts";

/** One published figure beside ours; without a tolerance the difference is stated and nothing is claimed. */
export type Row = {
  readonly id: string;
  readonly quantity: string;
  readonly source: string;
  readonly published: number;
  readonly ours: number;
  readonly unit: string;
  readonly tolerance?: number | undefined;
  readonly command: string;
};

type Standing = "exact" | "close" | "stated";

export const standings: Readonly<Record<Standing, string>> = {
  exact: "Exactly equal.",
  close: "Within what its section states.",
  stated: "Stated, without a claim.",
};

/** Where a row stands; one that is wrong never gets here, for the tests that write the rows fail. */
export function judged({ published, ours, tolerance }: Row): Standing {
  if (published === ours) return "exact";
  return tolerance === undefined ? "stated" : "close";
}

export function summary(rows: readonly Row[]): string {
  const count = (standing: Standing): number => rows.filter((row) => judged(row) === standing).length;
  return (
    `${rows.length} published figures beside ours: ${count("exact")} exactly equal, ${count("close")} within the tolerance that ` +
    `their section names, ${count("stated")} stated without a claim. Written by the tests of this version.`
  );
}

export function figureText(row: Row): { readonly published: string; readonly ours: string; readonly error: string } {
  const error = row.published === row.ours ? 0 : (100 * (row.ours - row.published)) / Math.abs(row.published);
  return {
    published: numberText(row.published),
    ours: numberText(row.ours),
    error: error === 0 ? "0" : `${Number(error.toPrecision(2))} %`,
  };
}

function numberText(value: number): string {
  return Number.isInteger(value) ? grouped(value) : String(Number(value.toPrecision(6)));
}
