import * as v from "valibot";
import { type CheckedTable, requireTable } from "../text/checked-table.ts";
import type { FileFormat } from "../text/file-format.ts";
import { checkTable, given, group, optionalFigures } from "../text/table-file.ts";
import { shortText } from "../text/value-schemas.ts";
import { type AreaTable, onChipMemories } from "./area-table.ts";

export type CheckedAreaTable = CheckedTable<AreaTable>;

const schema = group({
  kind: v.literal("kpu-area-table", "must be 'kpu-area-table'"),
  version: v.literal(1, "must be 1"),
  name: shortText,
  description: v.optional(shortText),
  source: v.optional(shortText),
  element_um2: optionalFigures(["operands_8_bit", "operands_16_bit", "operands_32_bit"], "um2"),
  memory_um2_per_kb: optionalFigures(onChipMemories, "um2/KB"),
  unit_um2: v.optional(optionalFigures(["dma", "block_mover", "streamer", "vector_lane", "tile"], "um2")),
});

/** Reads a file of an area table and says all that is wrong with it. Never throws, whatever the text is. */
export function checkAreaTable(text: string, format: FileFormat): CheckedAreaTable {
  return checkTable(text, format, schema, tableOf);
}

/** Reads a file of an area table. Errors: KPU_CONFIG with everything that is wrong, each with line and column. */
export function parseAreaTable(text: string, format: FileFormat): AreaTable {
  return requireTable("the area table", checkAreaTable(text, format));
}

function tableOf(contents: v.InferOutput<typeof schema>): AreaTable {
  const { name, description = "", source = "", element_um2: element, unit_um2: unit = {} } = contents;
  return {
    name,
    description,
    source,
    elementUm2: given({ 8: element.operands_8_bit, 16: element.operands_16_bit, 32: element.operands_32_bit }),
    memoryUm2PerKb: given(contents.memory_um2_per_kb),
    unitUm2: given({
      dma: unit.dma,
      blockMover: unit.block_mover,
      streamer: unit.streamer,
      vectorLane: unit.vector_lane,
      tile: unit.tile,
    }),
  };
}
