import { checkedConfig, type FlatConfig, instanceLists, KpuError, type ResolvedConfig } from "@kpu-sim/machine";
import type { Findings } from "../text/findings.ts";
import { type FilePlace, filePlaces, placeOf, placeOfList } from "./file-places.ts";
import { derivedL1Count } from "./resolve.ts";

/** Errors: whatever a machine of this configuration would refuse, in the words of files. */
export function judgeMachine(config: ResolvedConfig, findings: Findings): void {
  try {
    checkedConfig(config);
  } catch (error) {
    if (!(error instanceof KpuError)) throw error;
    const faults = error.details["faults"];
    for (const fault of Array.isArray(faults) ? faults.map(String) : [error.message]) reportFault(fault, findings);
  }
}

const listPlaces = new Map(instanceLists.map((list) => [list.flat, placeOfList(list)]));
/** Names of fields, and names of lists where an entry is meant: "scratchpads" is a word of messages as well. */
const flatName = new RegExp(
  `\\b(?:${[...filePlaces.keys()].join("|")})\\b|\\b(?:${[...listPlaces.keys()].join("|")})(?=\\[)`,
  "g",
);

/** A machine's message speaks of flat names; a file has its own. */
function reportFault(fault: string, findings: Findings): void {
  const places = [...fault.matchAll(flatName)].map(([flat]) => placeOfName(flat));
  const text = fault.replace(flatName, (flat) => placeOfName(flat).join("."));
  findings.errorAbout(places[0] ?? (fault.includes("address") ? ["address_map"] : []), text);
}

function placeOfName(flat: string): FilePlace {
  return listPlaces.get(flat) ?? placeOf(flat);
}

/** Warnings: what a machine does without complaint, but what is hardly meant. */
export function judgeSense(fields: FlatConfig, findings: Findings): void {
  const number = (flat: string): number => Number(fields[flat]);
  const warn = (isOdd: boolean, flat: string, message: string): void => {
    if (isOdd) findings.warning(placeOf(flat), message);
  };
  const tiles = number("compute_tile_count");
  const l1 = number("scratchpad_count");
  const hasArray = number("systolic_array_rows") > 0 && number("systolic_array_cols") > 0;
  warn(tiles === 0, "compute_tile_count", "is 0: there are no compute tiles");
  warn(tiles > 0 && !hasArray, "systolic_array_rows", "or cols is 0 although there are compute tiles");
  warn(
    number("memory_bank_count") > 0 && number("dma_engine_count") === 0,
    "dma_engine_count",
    "is 0: no DMA engine reaches the external memory",
  );
  warn(tiles > 0 && l1 === 0, "scratchpad_count", "is 0 although there are compute tiles");
  warn(l1 > 0 && number("l2_bank_count") === 0, "l2_bank_count", "is 0 although there are L1 buffers");
  warn(l1 > 0 && number("streamer_count") === 0, "streamer_count", "is 0: nothing streams to and from the L1 buffers");
  warn(
    number("l3_tile_count") > 0 && number("block_mover_count") === 0,
    "block_mover_count",
    "is 0: nothing moves blocks from and to the L3 tiles",
  );
  const derived = derivedL1Count(fields);
  const isOtherCount = l1 > 0 && tiles > 0 && hasArray && l1 !== derived;
  warn(
    isOtherCount,
    "scratchpad_count",
    `is ${l1}; the arrays have ${derived} buffers along their edges: 4 x (rows + cols) a tile`,
  );
}

/** Warnings about what a file says, which its machine no longer shows. */
export function judgeContents(has: (place: FilePlace) => boolean, findings: Findings): void {
  if (has(["memory_controller"])) {
    findings.warning(["memory_controller"], "is kept in the file, but has no effect: machines have no page buffers");
  }
  if (has(["address_map", "page_buffer_base"])) {
    findings.warning(["address_map", "page_buffer_base"], "is kept in the file, but has no effect");
  }
  if (has(["compute", "processor_array"]) && !has(["compute", "systolic_mode"])) {
    const message =
      "is missing, which means false: the arrays are not used, a tile does one multiply-accumulate a cycle";
    findings.warning(["compute", "systolic_mode"], message);
  }
}
