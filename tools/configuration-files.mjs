// What is made of the schemas of files: the published JSON Schemas, and the tables of docs/configuration-files.md and docs/workload-files.md.
//   node tools/configuration-files.mjs            writes them
//   node tools/configuration-files.mjs --check    fails if they are not up to date
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = `${root}docs/configuration-files.md`;
const workloadPage = `${root}docs/workload-files.md`;

/**
 * The parts of a JSON Schema that tables show.
 * @typedef {{ description?: string, unit?: string, default?: unknown, enum?: unknown[], properties?: Record<string, Schema>,
 *   items?: Schema, type?: string, [key: string]: unknown }} Schema
 */

/**
 * One row for each key: path, unit, default, meaning.
 * @param {Schema} schema
 * @param {string} [path]
 * @returns {string[]}
 */
export function keyRows(schema, path = "") {
  const rows = [];
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    const place = path === "" ? key : `${path}.${key}`;
    if (inner.properties !== undefined) rows.push(...keyRows(inner, place));
    else if (inner.items?.properties !== undefined) {
      if (inner.description !== undefined) rows.push(row(`${place}[]`, inner));
      rows.push(...keyRows(inner.items, `${place}[]`));
    } else rows.push(row(place, inner));
  }
  return rows;
}

/**
 * @param {string} place
 * @param {Schema} schema
 */
function row(place, { unit = "", default: initial, enum: words, description = "" }) {
  const choices = words === undefined ? "" : ` One of ${words.map((word) => `\`${word}\``).join(", ")}.`;
  const shown = initial === undefined || initial === "" ? "" : `\`${initial}\``;
  return `| \`${place}\` | ${unit} | ${shown} | ${description}${choices} |`;
}

/** @param {readonly string[]} rows */
const keyTable = (rows) => ["| key | unit | if left out | meaning |", "|---|---|---|---|", ...rows].join("\n");

/**
 * @param {readonly string[]} names
 * @param {Readonly<Record<string, any>>} presets
 */
function presetTable(names, presets) {
  const rows = names.map((name) => {
    const { computeTiles, externalMemory, hostMemory, l3Tiles, l2Banks, scratchpads, clockGhz, ...rest } =
      presets[name].config;
    const cells = [
      `${computeTiles.count} of ${computeTiles.rows}x${computeTiles.cols}`,
      `${hostMemory.regionCount} x ${hostMemory.regionCapacityMb} MB at ${hostMemory.bandwidthGbps}`,
      `${externalMemory.bankCount} x ${externalMemory.bankCapacityMb} MB at ${externalMemory.bandwidthGbps}`,
      ...[l3Tiles, l2Banks, scratchpads].map(({ count, capacityKb }) => `${count} x ${capacityKb} KB`),
      `${rest.dmaEngines.count} / ${rest.blockMovers.count} / ${rest.streamers.count}`,
      `${clockGhz} GHz`,
    ];
    return `| \`${name}\` | ${cells.join(" | ")} |`;
  });
  return [
    "| preset | arrays | host, GB/s | external, GB/s | L3 | L2 | L1 | DMA / movers / streamers | clock |",
    `|${"---|".repeat(9)}`,
    ...rows,
  ].join("\n");
}

/**
 * @param {string} text a page with the marks between which the tables stand
 * @param {Readonly<Record<string, string>>} tables by the name in the marks
 * @returns {string} the page with these tables
 */
export function withTables(text, tables) {
  return Object.entries(tables).reduce((done, [name, table]) => {
    const between = new RegExp(`(<!-- ${name}: begin -->\\n)[\\s\\S]*?(<!-- ${name}: end -->)`);
    if (!between.test(done)) throw new Error(`the page has no place for the table '${name}'`);
    return done.replace(between, (_, begin, end) => `${begin}\n${table}\n\n${end}`);
  }, text);
}

/** All files that are made, with their contents. */
export async function madeFiles() {
  const folder = mkdtempSync(join(tmpdir(), "kpu-schemas-"));
  const outfile = join(folder, "schemas.mjs");
  await build({
    entryPoints: [`${root}tools/configuration-schemas.ts`],
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["source"],
    alias: { yaml: `${root}node_modules/yaml/browser/index.js` },
    outfile,
  });
  const { schemas, presets, presetNames } = await import(pathToFileURL(outfile).href);
  rmSync(folder, { recursive: true });
  const tables = {
    "kpu keys": keyTable(keyRows(schemas.kpu)),
    "system keys": keyTable(keyRows(schemas.system)),
    presets: presetTable(presetNames, presets),
  };
  /** @type {(title: string, schema: object) => string} */
  const published = (title, schema) => `${JSON.stringify({ title, ...schema }, undefined, 2)}\n`;
  return new Map([
    [`${root}packages/formats/schema/kpu.schema.json`, published("KPU configuration file", schemas.kpu)],
    [`${root}packages/formats/schema/system.schema.json`, published("KPU system file", schemas.system)],
    [`${root}packages/formats/schema/workload.schema.json`, published("KPU workload file", schemas.workload)],
    [page, withTables(readFileSync(page, "utf8"), tables)],
    [
      workloadPage,
      withTables(readFileSync(workloadPage, "utf8"), { "workload keys": keyTable(keyRows(schemas.workload)) }),
    ],
  ]);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  mkdirSync(`${root}packages/formats/schema`, { recursive: true });
  for (const [file, wanted] of await madeFiles()) {
    if (!process.argv.includes("--check")) writeFileSync(file, wanted);
    else if (readFileSync(file, "utf8") !== wanted) {
      console.error(`${file.slice(root.length)}: run \`node tools/configuration-files.mjs\``);
      process.exitCode = 1;
    }
  }
}
