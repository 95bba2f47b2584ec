// Speed of the vector units' values: elements a second of each activation function, exact and by table, and of whole operations
// on a machine, beside the functions of the JavaScript engine. Prints JSON; times are CPU seconds of this process. Run after `npm ci`:
//   npx esbuild bench/vector.ts --bundle --platform=node --format=esm --conditions=source | node --input-type=module
import { cpus } from "node:os";
import { activations, applyActivation, FunctionTable, Machine, type VectorUnit } from "kpu-sim";

const elements = 1e6;
const rows = 1000;
const cols = elements / rows;

/** CPU seconds that `work` takes: the median of five, after one that is not counted. */
function cpuSeconds(prepare: () => void, work: () => void): number {
  const times: number[] = [];
  for (let run = 0; run <= 5; run++) {
    prepare();
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    if (run > 0) times.push((user + system) / 1e6);
  }
  return times.toSorted((a, b) => a - b)[2] ?? 0;
}

function perSecond(seconds: number): number {
  return Math.round(elements / seconds / 1e5) * 1e5;
}

const inputs = Float32Array.from({ length: elements }, (_, index) => (((index * 7919) % 1013) / 1013 - 0.5) * 16);
const values = new Float32Array(elements);
const fill = (): void => values.set(inputs);

const exact = activations.map((name) => [name, perSecond(cpuSeconds(fill, () => applyActivation(values, name, 0.01)))]);
const table = (["gelu", "sigmoid", "tanh", "silu", "softplus"] as const).map((name) => {
  const entries = new FunctionTable(name, 256, 8);
  return [name, perSecond(cpuSeconds(fill, () => entries.apply(values)))];
});
const engine = (["tanh", "exp"] as const).map((name) => {
  const f = Math[name];
  const apply = (): void => {
    for (let index = 0; index < elements; index++) values[index] = f(values[index] ?? 0);
  };
  return [`Math.${name}`, perSecond(cpuSeconds(fill, apply))];
});

const machine = new Machine({ scratchpads: { capacityKb: 16 * 1024 }, hazardPolicy: "off" });
machine.scratchpad(0).writeFloat32(0, inputs);
const places = { scratchpad: 0, rows, cols, source: 0, destination: 4 * elements };
const operations: Readonly<Record<string, (unit: VectorUnit) => void>> = {
  "bias and gelu": (unit) => unit.activation({ ...places, bias: 0, activation: "gelu" }),
  "add a row": (unit) => unit.elementwise({ ...places, operator: "add", operand: { row: 0 } }),
  "sum of rows": (unit) => unit.reduce({ ...places, reduction: "sum" }),
  softmax: (unit) => unit.softmax(places),
  layernorm: (unit) => unit.layerNorm({ ...places, gamma: 0, beta: 4 * cols }),
  rmsnorm: (unit) => unit.rmsNorm({ ...places, gamma: 0 }),
  "add a row, float16": (unit) =>
    unit.elementwise({ ...places, format: "float16", operator: "add", operand: { row: 0 } }),
  "scale int32, give int8": (unit) =>
    unit.activation({ ...places, format: "int32", scale: 2 ** -25, resultFormat: "int8", resultScale: 0.5 }),
};
const wholeOperations = Object.entries(operations).map(([name, issue]) => {
  const run = (): void => {
    issue(machine.vector(0));
    machine.runUntilIdle();
  };
  return [name, perSecond(cpuSeconds(() => undefined, run))];
});

/** Fused products a second of host time, and what the drain costs beside products that write C themselves. */
function products(epilogue: { readonly bias: number; readonly activation: "relu" } | undefined): number {
  const small = new Machine({ timingOnly: true, hazardPolicy: "off" });
  const prepared = small.tile(0).prepare({ scratchpad: 0, m: 16, n: 16, k: 16, epilogue });
  const count = 1e5;
  const run = (): void => {
    for (let issued = 0; issued < count; issued++) prepared.issue(0, 1024, 2048);
    small.runUntilIdle();
  };
  return Math.round(count / cpuSeconds(() => small.reset(), run) / 1e3) * 1e3;
}

const report = {
  machine: cpus()[0]?.model ?? "unknown",
  node: process.version,
  elements,
  exactFunctionsPerSecond: Object.fromEntries(exact),
  tableFunctionsPerSecond: Object.fromEntries(table),
  ofTheEnginePerSecond: Object.fromEntries(engine),
  operationsOnMachinePerSecond: Object.fromEntries(wholeOperations),
  productsPerSecondTimingOnly: { plain: products(undefined), fused: products({ bias: 3072, activation: "relu" }) },
};
console.log(JSON.stringify(report, undefined, 2));
