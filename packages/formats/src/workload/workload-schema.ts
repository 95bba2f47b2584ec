import {
  activations,
  dataflows,
  elementwiseOperators,
  memoryKinds,
  numberFormatNames,
  reductions,
} from "@kpu-sim/machine";
import * as v from "valibot";
import { shortText, whole } from "../text/value-schemas.ts";
import type { StepContents, WorkloadContents } from "./contents.ts";
import { creditsOf, namePattern, placeOf } from "./place-text.ts";
import { vectorOperationNames } from "./workload.ts";

/** Most areas, semaphores and expectations of a workload, and most rounds of a loop. */
const mostEntries = 65_536;
/** Most values of an area or an expectation. */
const mostValues = 2 ** 20;
const mostSide = 2 ** 24;

/** What the text of a memory, and of an engine, may begin with. */
export const memoryWords = {
  host: "host",
  external: "external",
  l3: "l3",
  l2: "l2",
  l1: "scratchpad",
  scratchpad: "scratchpad",
} as const;
export const engineWords = { dma: "dma", block_mover: "blockMover", streamer: "streamer" } as const;

function text(doc: string, message: string, isGood: (text: string) => boolean): v.GenericSchema<string> {
  return v.pipe(v.string(message), v.maxLength(1000, message), v.check(isGood, message), v.description(doc));
}

function choice<const Choices extends readonly string[]>(
  doc: string,
  choices: Choices,
): v.GenericSchema<Choices[number]> {
  return v.pipe(v.picklist(choices, `must be one of ${choices.join(", ")}`), v.description(doc));
}

function flag(doc: string): v.GenericSchema<boolean> {
  return v.pipe(v.boolean("must be true or false"), v.description(doc));
}

function number(doc: string): v.GenericSchema<number> {
  return v.pipe(v.number("must be a number"), v.finite("must be a finite number"), v.description(doc));
}

function list<T>(doc: string, item: v.GenericSchema<unknown, T>, most: number): v.GenericSchema<unknown, T[]> {
  return v.pipe(
    v.array(item, "must be a list"),
    v.maxLength(most, `must have at most ${most} entries`),
    v.description(doc),
  );
}

function group<const Entries extends v.ObjectEntries>(doc: string, entries: Entries) {
  return v.pipe(v.strictObject(entries, "must be a group of keys"), v.description(doc));
}

const name = text(
  "What other places of the file call it.",
  "must be a name: letters, digits and _, no digit first",
  (each) => namePattern.test(each),
);
const numbered = (words: readonly string[]) => new RegExp(`^(?:${words.join("|")}) \\d{1,7}$`);
const memory = text(
  `Where it lies: ${Object.keys(memoryWords).join(", ")} and a number, such as \`external 0\`.`,
  `must be a memory, such as 'external 0' (one of ${memoryKinds.join(", ")} or l1, and its number)`,
  (each) => numbered(Object.keys(memoryWords)).test(each),
);
const engine = text(
  "Who moves the data: `dma`, `block_mover` or `streamer` and a number, such as `dma 0`.",
  "must be an engine, such as 'dma 0' (one of dma, block_mover, streamer, and its number)",
  (each) => numbered(Object.keys(engineWords)).test(each),
);
const place = (doc: string) =>
  text(doc, "must be an area or a block of it, such as A or A[0:16, 8*i:8*i+8]", (each) => placeOf(each) !== undefined);
const credits = text(
  "Credits, such as `ready` or `ready x 2`.",
  "must be credits, such as 'ready' or 'ready x 2'",
  (each) => {
    const asked = creditsOf(each);
    return asked !== undefined && asked.count >= 1;
  },
);
const synchronization = {
  wait_for: v.optional(list("Credits that it takes when it starts; it does not start before.", credits, 64)),
  signal: v.optional(list("Credits that it gives when it completes.", credits, 64)),
};
const ending = {
  activation: v.optional(choice("Function of the vector unit.", activations)),
  slope: v.optional(number("Slope of `leaky_relu` below 0; default 0.01.")),
  bias: v.optional(place("A row of float32 that is added to each row.")),
  scale: v.optional(number("What sums or elements are multiplied by first.")),
  result_scale: v.optional(number("Results are divided by it and rounded: quantization.")),
  result_zero_point: v.optional(number("What 0 is quantized to.")),
};

const area = group("A matrix in a memory, row-major, each row at a whole byte.", {
  name,
  memory,
  offset: v.optional(
    whole("bytes", "Bytes from the beginning of the memory; default: behind the areas before it, at a multiple of 64."),
  ),
  rows: v.optional(whole("rows", "Rows; default 1.", mostSide, 1)),
  cols: whole("columns", "Columns.", mostSide, 1),
  format: v.optional(choice("Number format; default float32.", numberFormatNames)),
  fill: v.optional(
    choice(
      "What it holds before the program starts: zeros (default), ones, ramp (0, 1, 2, ..., modulo 8) or random (small numbers).",
      ["zeros", "ones", "ramp", "random"],
    ),
  ),
  seed: v.optional(whole("", "Of `random`: the same seed gives the same numbers; default 1.", 0xffff_ffff)),
  values: v.optional(list("What it holds, row by row, instead of `fill`.", number("A value."), mostValues)),
});

const semaphore = group("A counting semaphore between engines.", {
  name,
  credits: v.optional(whole("credits", "Credits at the beginning; default 0.")),
  grants: v.optional(choice("What a credit stands for, for reports of waits; default data.", ["data", "space"])),
});

const transfer = group("Moves a block from one place to another of as many rows and columns.", {
  engine,
  from: place("What is read."),
  to: place("What is written."),
  transpose: v.optional(flag("Rows become columns; default false.")),
  gather_rows: v.optional(
    list("Rows of `from`, in the order in which they are taken.", whole("row", "A row.", mostSide), mostEntries),
  ),
  scatter_rows: v.optional(
    list("Rows of `to`, in the order in which they are written.", whole("row", "A row.", mostSide), mostEntries),
  ),
  stream: v.optional(choice("Streamers: which side of the array they feed; default rows.", ["rows", "columns"])),
  stagger_lanes: v.optional(whole("lanes", "Streamers: lane i begins i cycles after lane 0; default 1.", mostSide, 1)),
  ...synchronization,
});

const product = group("C = A B on a compute tile; all three in one scratchpad, with all their columns.", {
  tile: v.optional(whole("", "The compute tile; default 0.")),
  a: place("A, m x k."),
  b: place("B, k x n."),
  c: place("C, m x n."),
  accumulate: v.optional(flag("C += A B; default false.")),
  dataflow: v.optional(choice("Instead of the machine's.", dataflows)),
  ...ending,
  ...synchronization,
});

const vector = group("An operation of a compute tile's vector unit on a matrix in a scratchpad.", {
  unit: v.optional(whole("", "The vector unit, by its tile; default 0.")),
  operation: choice("What it does.", vectorOperationNames),
  source: place("What is read."),
  destination: place("What is written; may be the source."),
  operator: v.optional(choice("Of `elementwise`.", elementwiseOperators)),
  operand: v.optional(place("Of `elementwise`: a matrix, a row or a column.")),
  scalar: v.optional(number("Of `elementwise`: a number instead of `operand`.")),
  reduction: v.optional(choice("Of `reduce`.", reductions)),
  gamma: v.optional(place("Of norms: a row of factors.")),
  beta: v.optional(place("Of `layer_norm`: a row of summands.")),
  epsilon: v.optional(number("Of norms; default 1e-5.")),
  ...ending,
  ...synchronization,
});

const side = (doc: string) => whole("", doc, mostSide, 1);
const tiledMatmul = group(
  "A tiled product of seeded operands on the whole machine, from host memory through every level and back. It waits for everything before it, and uses all memories from their beginning on.",
  {
    m: side("Rows of A and C."),
    n: side("Columns of B and C."),
    k: side("Columns of A, rows of B."),
    tile_m: v.optional(side("Rows of a tile of C; chosen if left out.")),
    tile_n: v.optional(side("Columns of a tile of C.")),
    tile_k: v.optional(side("Depth of a tile.")),
    dataflow: v.optional(choice("Instead of the machine's.", dataflows)),
    double_buffer: v.optional(flag("Two buffers at every level; default true.")),
    format: v.optional(choice("Number format of the operands; default float32.", numberFormatNames)),
  },
);

const drain = v.pipe(
  v.literal("all", "must be 'all'"),
  v.description("Goes on when everything issued so far is done."),
);

const repeat = group("Repeats steps; they are issued one after the other, without waiting.", {
  times: whole("rounds", "How often.", mostEntries, 1),
  as: v.optional(
    text("A variable that counts the rounds from 0, for places.", "must be a name", (each) => namePattern.test(each)),
  ),
  program: list(
    "The steps.",
    v.lazy((): v.GenericSchema<unknown, StepContents> => step),
    mostEntries,
  ),
});

const step: v.GenericSchema<unknown, StepContents> = group("One step: exactly one of these keys.", {
  transfer: v.optional(transfer),
  product: v.optional(product),
  vector: v.optional(vector),
  tiled_matmul: v.optional(tiledMatmul),
  wait_until_done: v.optional(drain),
  repeat: v.optional(repeat),
});

const expectation = group("What must hold at the end: `cycles`, `hazards`, or what an area holds.", {
  cycles: v.optional(
    list("The cycle at the end: one number, or the least and the most.", whole("cycles", "A cycle."), 2),
  ),
  hazards: v.optional(whole("hazards", "Conflicts found between work in flight.")),
  area: v.optional(place("What is looked at.")),
  equals: v.optional(place("It holds the same numbers.")),
  equals_product: v.optional(
    list("It holds the product of these two areas, as a machine rounds it.", place("A, or B."), 2),
  ),
  values: v.optional(list("It holds these, row by row.", number("A value."), mostValues)),
  tolerance: v.optional(number("How far values may be off; default 0.")),
});

/** A workload file. */
export const workloadSchema: v.GenericSchema<unknown, WorkloadContents> = group(
  "A program for a KPU machine, with what its memories hold before and should hold after it.",
  {
    kind: v.pipe(
      v.literal("kpu-workload", "must be 'kpu-workload'"),
      v.description("Tells workloads from other files."),
    ),
    version: v.pipe(v.literal(1, "must be 1"), v.description("Version of the notation.")),
    name: v.optional(shortText),
    description: v.optional(shortText),
    preset: v.optional(
      v.pipe(v.string("must be the name of a preset"), v.description("A ready-made machine, such as `edge_ai`.")),
    ),
    machine: v.optional(
      v.pipe(
        v.record(v.string(), v.unknown(), "must be a group of keys"),
        v.description(
          "Fields that differ from the preset, or from the default machine, by the names that `kpu run --set` and Python's SimulatorConfig have.",
        ),
      ),
    ),
    areas: v.optional(list("The matrices of the program.", area, mostEntries)),
    semaphores: v.optional(list("The semaphores of the program.", semaphore, mostEntries)),
    program: list("The steps, issued in this order.", step, mostEntries),
    expect: v.optional(list("What must hold at the end.", expectation, mostEntries)),
  },
);
