import { memoryKinds, numberFormatNames } from "@kpu-sim/machine";
import * as v from "valibot";
import { type CheckedTable, requireTable } from "../text/checked-table.ts";
import type { FileFormat } from "../text/file-format.ts";
import { checkTable, figure, given, group, optionalFigures } from "../text/table-file.ts";
import { shortText } from "../text/value-schemas.ts";
import type { EnergyTable, MemoryEnergy } from "./energy-table.ts";

export type CheckedEnergyTable = CheckedTable<EnergyTable>;

const memory = v.strictObject(
  {
    read_pj_per_byte: figure("pJ/byte"),
    write_pj_per_byte: figure("pJ/byte"),
    up_to_kb: v.optional(figure("KB")),
  },
  "must be a group of keys",
);
const sizes = v.pipe(
  v.array(memory, "must be a list"),
  v.minLength(1, "must have an entry"),
  v.maxLength(64, "must have at most 64 entries"),
);
const schema = group({
  kind: v.literal("kpu-energy-table", "must be 'kpu-energy-table'"),
  version: v.literal(1, "must be 1"),
  name: shortText,
  description: v.optional(shortText),
  source: v.optional(shortText),
  multiply_accumulate_pj: optionalFigures(numberFormatNames, "pJ"),
  vector_element_pj: v.optional(figure("pJ")),
  memories: group(v.entriesFromList(memoryKinds, sizes)),
  mover_pj_per_byte: v.optional(optionalFigures(["dma", "block_mover", "streamer"], "pJ/byte")),
  link_pj_per_byte: v.optional(optionalFigures(["network", "host", "peer"], "pJ/byte")),
  static_mw: v.optional(optionalFigures([...memoryKinds, "dma", "block_mover", "streamer", "tile", "machine"], "mW")),
});

/** Reads a file of an energy table and says all that is wrong with it. Never throws, whatever the text is. */
export function checkEnergyTable(text: string, format: FileFormat): CheckedEnergyTable {
  return checkTable(text, format, schema, tableOf);
}

/** Reads a file of an energy table. Errors: KPU_CONFIG with everything that is wrong, each with line and column. */
export function parseEnergyTable(text: string, format: FileFormat): EnergyTable {
  return requireTable("the energy table", checkEnergyTable(text, format));
}

function tableOf(contents: v.InferOutput<typeof schema>): EnergyTable {
  const { name, description = "", source = "", mover_pj_per_byte: movers = {}, static_mw: staticMw = {} } = contents;
  const { block_mover: blockMover, ...others } = staticMw;
  return {
    name,
    description,
    source,
    multiplyAccumulatePj: given(contents.multiply_accumulate_pj),
    vectorElementPj: contents.vector_element_pj ?? 0,
    memories: {
      host: contents.memories.host.map(memoryOf),
      external: contents.memories.external.map(memoryOf),
      l3: contents.memories.l3.map(memoryOf),
      l2: contents.memories.l2.map(memoryOf),
      scratchpad: contents.memories.scratchpad.map(memoryOf),
    },
    moverPjPerByte: { dma: movers.dma ?? 0, blockMover: movers.block_mover ?? 0, streamer: movers.streamer ?? 0 },
    linkPjPerByte: given(contents.link_pj_per_byte ?? {}),
    staticMw: given({ ...others, blockMover }),
  };
}

function memoryOf({
  read_pj_per_byte: readPjPerByte,
  write_pj_per_byte: writePjPerByte,
  up_to_kb: upToKb,
}: v.InferOutput<typeof memory>): MemoryEnergy {
  return { readPjPerByte, writePjPerByte, upToKb };
}
