import { type Activation, activations, formatOfCode, KpuError } from "@kpu-sim/machine";
import { type EndingRequest, TiledMatmul } from "@kpu-sim/program";
import { optionalDataflow } from "./dataflow.ts";
import type { SimulatorSession } from "./simulator-session.ts";
import { snakeCase } from "./snake-case.ts";

type Arguments = Readonly<Record<string, unknown>>;

const wholeNames = [
  "hostBase",
  "tileM",
  "tileN",
  "tileK",
  "tiles",
  "dmaEngines",
  "blockMovers",
  "streamers",
  "gridRows",
] as const;

const argumentNames = [...wholeNames, "doubleBuffer", "resultFormat", "resultScale", "resultZeroPoint"];

/** Plans a tiled product and issues its first steps; the other side then writes the operands to host memory and runs. */
export function beginTiledMatmul(session: SimulatorSession, args: Arguments): unknown {
  // One that was interrupted and has run to its end since then: nobody will ask for its report.
  if (!session.machine.hasWork) session.dropTiledProduct();
  const resultCode = optionalNumber(args, "resultFormat");
  const whole = Object.fromEntries(wholeNames.map((name) => [name, optionalNumber(args, name)]));
  const request = {
    m: requiredNumber(args, "m"),
    n: requiredNumber(args, "n"),
    k: requiredNumber(args, "k"),
    format: formatOfCode(optionalNumber(args, "format") ?? 0),
    resultFormat: resultCode === undefined ? undefined : formatOfCode(resultCode),
    ...endingOf(args),
    ...whole,
    dataflow: optionalDataflow(args["dataflow"]),
    doubleBuffer: args["doubleBuffer"] !== false,
  };
  const product = inWordsOfPython(() => new TiledMatmul(session.machine, request));
  session.tiledProduct = product;
  return { places: product.places, steps: product.progress.steps };
}

export function tiledMatmulProgress(session: SimulatorSession): unknown {
  return runningProduct(session).progress;
}

/** Ends a tiled product that has run; the result stays in host memory. */
export function finishTiledMatmul(session: SimulatorSession): unknown {
  const report = runningProduct(session).report();
  session.tiledProduct = undefined;
  return report;
}

/** How the vector units end the product; parameters of columns are written by the other side, so here they are only announced. */
function endingOf(args: Arguments): EndingRequest {
  return {
    activation: activationOf(optionalNumber(args, "activation") ?? 0),
    slope: optionalNumber(args, "slope"),
    scale: args["scale"] === true ? true : optionalNumber(args, "scale"),
    bias: args["bias"] === true ? true : undefined,
    resultScale: optionalNumber(args, "resultScale"),
    resultZeroPoint: optionalNumber(args, "resultZeroPoint"),
  };
}

function activationOf(code: number): Activation {
  const activation = activations[code];
  if (activation !== undefined) return activation;
  throw new KpuError("KPU_ARGUMENT", `unknown activation: ${code}`);
}

/** Refusals name arguments; the other side's users know them by other names. */
function inWordsOfPython<T>(plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    if (!(error instanceof KpuError)) throw error;
    let { message } = error;
    for (const name of argumentNames) message = message.replaceAll(name, snakeCase(name));
    message = message.replace("double_buffer: false", "double_buffer=False");
    throw new KpuError(error.code, message, error.details);
  }
}

function runningProduct({ tiledProduct }: SimulatorSession): TiledMatmul {
  if (tiledProduct !== undefined) return tiledProduct;
  throw new KpuError("KPU_ARGUMENT", "no tiled product has been begun on this simulator");
}

function requiredNumber(args: Arguments, name: string): number {
  return optionalNumber(args, name) ?? Number.NaN;
}

/** Whether it is whole and in range the program checks itself. */
function optionalNumber(args: Arguments, name: string): number | undefined {
  const value = args[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number") return value;
  throw new KpuError("KPU_TYPE", `${name} must be a number, got ${typeof value}`);
}
