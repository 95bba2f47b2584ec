import type { DramPart } from "./dram-part.ts";
import { moduleParts } from "./module-parts.ts";
import { stackedParts } from "./stacked-parts.ts";
import { type DramTable, partOf } from "./timing-of.ts";

/** The published tables of the parts that configurations name. */
export const dramTables: readonly DramTable[] = [...moduleParts, ...stackedParts];

/** The parts that configurations name. */
export const dramParts: readonly DramPart[] = dramTables.map(partOf);

export const dramPartNames: readonly string[] = dramParts.map(({ name }) => name);

/** A part by name; the name must be one of `dramPartNames`. */
export function dramPartNamed(name: string): DramPart {
  const part = dramParts.find((each) => each.name === name);
  if (part === undefined) throw new RangeError(`no DRAM part '${name}'`);
  return part;
}
