import { computeFields } from "./compute-fields.ts";
import { type ConfigField, field } from "./config-field.ts";
import { memoryFields } from "./memory-fields.ts";
import { movementFields } from "./movement-fields.ts";
import { protectionFields } from "./protection-fields.ts";

/** The fields in the order in which they are shown. */
export const configFields: readonly ConfigField[] = [
  ...memoryFields,
  ...computeFields,
  ...movementFields,
  field("clock_ghz", ["clockGhz"], "rate", "GHz", 1, "The clock of the whole machine."),
  {
    ...field(
      "fidelity",
      ["fidelity"],
      "choice",
      "",
      "transaction",
      "Level of timing detail; values are the same at each.",
    ),
    choices: ["functional", "transaction", "cycle"],
  },
  field(
    "timing_only",
    ["timingOnly"],
    "flag",
    "",
    false,
    "Times, traffic and counts without values: no bytes are moved and nothing is multiplied, which is faster.",
  ),
  {
    ...field("hazard_policy", ["hazardPolicy"], "choice", "", "record", "What happens when conflicting work overlaps."),
    choices: ["record", "raise", "off"],
  },
  {
    ...field(
      "reach_policy",
      ["reachPolicy"],
      "choice",
      "",
      "any",
      "Which memories the engines reach: all, or DMA host, external and L3, block movers L3 and L2, streamers L2 and scratchpads.",
    ),
    choices: ["any", "hierarchical"],
  },
  ...protectionFields,
];
