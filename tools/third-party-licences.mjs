// The licences of the libraries that the bundles contain, as they have to go with them: node tools/third-party-licences.mjs
//   node tools/third-party-licences.mjs            writes THIRD-PARTY-LICENSES.txt
//   node tools/third-party-licences.mjs --check    fails if it is not up to date
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const file = `${root}THIRD-PARTY-LICENSES.txt`;

/** What is bundled, and into which files. */
export const bundled = {
  commander: "kpu.cjs",
  "solid-js": "viewer.html",
  valibot: "engine.mjs, engine.js, kpu.cjs, viewer.html",
  yaml: "engine.mjs, engine.js, kpu.cjs, viewer.html",
};

/** Licences that ask for their text to go along, and for nothing else. */
const usable = ["MIT", "ISC"];

/** The file's contents. Errors: a library whose licence is another one, or has no text. */
export function licences() {
  const parts = Object.entries(bundled).map(([name, places]) => {
    const folder = `${root}node_modules/${name}/`;
    const { license, version } = JSON.parse(readFileSync(`${folder}package.json`, "utf8"));
    if (!usable.includes(license)) throw new Error(`${name} is under ${license}: may it be bundled?`);
    const text = readdirSync(folder).find((entry) => /^licen[cs]e(\.md|\.txt)?$/i.test(entry));
    if (text === undefined) throw new Error(`${name} has no text of its licence`);
    const rule = "-".repeat(80);
    const head = `${name} ${version} (${license}), in ${places}`;
    return `${rule}\n${head}\n${rule}\n\n${readFileSync(folder + text, "utf8").trim()}\n`;
  });
  return `The bundled files of this package contain the following libraries.\n\n${parts.join("\n")}`;
}

if (process.argv[1]?.endsWith("third-party-licences.mjs")) {
  const wanted = licences();
  if (!process.argv.includes("--check")) writeFileSync(file, wanted);
  else if (readFileSync(file, "utf8") !== wanted) {
    console.error("THIRD-PARTY-LICENSES.txt: run `node tools/third-party-licences.mjs`");
    process.exitCode = 1;
  }
}
