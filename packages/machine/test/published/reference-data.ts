import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const besideTheProject = fileURLToPath(new URL("../../../../../shared/data/", import.meta.url));

/** The folder of published data: beside the project, or where KPU_REFERENCE_DATA says. Undefined if it is not there. */
const folder = [process.env["KPU_REFERENCE_DATA"] ?? besideTheProject].find((path) => existsSync(`${path}/llmcompass`));

/** Tests that need the data are skipped without it, and their name says why. */
export const hasReferenceData: boolean = folder !== undefined;

export const whyReferenceDataIsMissing: string = hasReferenceData
  ? ""
  : " (skipped: no folder ../shared/data beside the project)";

/** All of a text file. */
export function textOf(path: string): string {
  return readFileSync(`${folder ?? ""}/${path}`, "utf8");
}

/** All of a text file that is compressed. */
export function unzippedTextOf(path: string): string {
  return gunzipSync(readFileSync(`${folder ?? ""}/${path}.gz`)).toString("utf8");
}

/** The rows of a file of comma-separated values, cells trimmed, without a first row of names where `hasNames`. */
export function csvRows(path: string, hasNames: boolean): readonly (readonly string[])[] {
  const rows = textOf(path)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(",").map((cell) => cell.trim()));
  return hasNames ? rows.slice(1) : rows;
}
