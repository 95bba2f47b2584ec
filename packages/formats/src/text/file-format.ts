import { Document, isScalar, visit } from "yaml";
import type { Findings } from "./findings.ts";
import { readJson } from "./read-json.ts";
import { readYaml } from "./read-yaml.ts";
import type { SourceNode } from "./source-node.ts";

/** The notations of files. */
export type FileFormat = "yaml" | "json";

/** The format that a file's name stands for, `undefined` for other names. */
export function fileFormatOf(name: string): FileFormat | undefined {
  if (/\.ya?ml$/i.test(name)) return "yaml";
  return /\.json$/i.test(name) ? "json" : undefined;
}

/** Plain data as files hold it. */
export type PlainValue = number | string | boolean | readonly PlainValue[] | PlainMap;
export type PlainMap = { readonly [key: string]: PlainValue };

/** The contents of a text, or errors in `findings`. */
export function readText(text: string, format: FileFormat, findings: Findings): SourceNode | undefined {
  const root = format === "json" ? readJson(text, findings) : readYaml(text, findings);
  findings.root = root;
  return root;
}

/** Plain data as text, with a line break at the end. */
export function writeText(value: PlainMap, format: FileFormat): string {
  if (format === "json") return `${JSON.stringify(value, undefined, 2)}\n`;
  const document = new Document(value, { version: "1.2", aliasDuplicateObjects: false });
  visit(document, {
    Pair: (_, { key, value: scalar }) => {
      // Addresses are read in hexadecimal everywhere else, too.
      const isAddress = isScalar(key) && typeof key.value === "string" && key.value.endsWith("_base");
      if (isAddress && isScalar(scalar)) scalar.format = "HEX";
    },
  });
  return document.toString({ lineWidth: 0 });
}
