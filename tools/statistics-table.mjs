// The tables of statistics in docs/observing.md, made of the definitions in the machine.
//   node tools/statistics-table.mjs            writes them
//   node tools/statistics-table.mjs --check    fails if they are not up to date
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const page = fileURLToPath(new URL("../docs/observing.md", import.meta.url));
const source = fileURLToPath(new URL("../packages/machine/src/observe/statistic-definitions.ts", import.meta.url));
const between = /(<!-- statistics: begin -->\n)[\s\S]*?(<!-- statistics: end -->)/;

/** Kinds of components whose figures are the same share a table. */
const sections = [
  { title: "The machine", kind: "machine", path: "`machine`" },
  { title: "Memories", kind: "host", path: "`host`, `l3`, `l2`, `scratchpad`, each a list by id" },
  { title: "External memories", kind: "external", path: "`external`, a list by id" },
  {
    title: "DMA engines, block movers and streamers",
    kind: "dma",
    path: "`dma`, `blockMover`, `streamer`, each a list by id",
  },
  { title: "Compute tiles", kind: "tile", path: "`tile`, a list by id" },
  { title: "Vector units", kind: "vector", path: "`vector`, a list by the id of the tile" },
];

/**
 * @param {Readonly<Record<string, readonly { name: string, unit: string, definition: string }[]>>} definitions
 * @returns {string} a table for each kind of component
 */
export function statisticsTables(definitions) {
  return sections
    .map(({ title, kind, path }) => {
      const rows = (definitions[kind] ?? []).map(
        ({ name, unit, definition }) => `| \`${name}\` | ${unit} | ${definition} |`,
      );
      return [`### ${title}`, "", `${path}.`, "", "| figure | unit | meaning |", "|---|---|---|", ...rows, ""].join(
        "\n",
      );
    })
    .join("\n");
}

/**
 * @param {string} text a page with the marks between which the tables stand
 * @param {Parameters<typeof statisticsTables>[0]} definitions
 * @returns {string} the page with these tables
 */
export function withStatisticsTables(text, definitions) {
  if (!between.test(text)) throw new Error("the page has no place for the tables of statistics");
  return text.replace(between, (_, begin, end) => `${begin}\n${statisticsTables(definitions)}\n${end}`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { outputFiles } = await build({ entryPoints: [source], bundle: true, format: "esm", write: false });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  const { statisticDefinitions } = await import(`data:text/javascript;base64,${code}`);
  const text = readFileSync(page, "utf8");
  const wanted = withStatisticsTables(text, statisticDefinitions);
  if (!process.argv.includes("--check")) writeFileSync(page, wanted);
  else if (wanted !== text) {
    console.error("docs/observing.md: run `node tools/statistics-table.mjs`");
    process.exitCode = 1;
  }
}
