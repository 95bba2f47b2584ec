import { join } from "node:path";
import {
  type ScaleSimConfig,
  type ScaleSimLayer,
  type ScaleSimLayerReport,
  ScaleSimLayerRun,
  type ScaleSimTraceName,
  scaleSimLayerFigures,
  scaleSimReports,
  scaleSimTraceLine,
  scaleSimTraceNames,
} from "kpu-sim";
import { Draft, makeFolder, writeWhole } from "../terminal/files.ts";
import { Progress } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { Interrupted } from "./simulate.ts";

const cyclesPerSlice = 20_000;
/** Traces are written in pieces of about so many characters. */
const pieceLength = 2 ** 20;
const encoder = new TextEncoder();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export type ScaleSimOutput = { readonly folder: string; readonly hasTraces: boolean };

/** Goes through all layers before the first report is written, so that none is half of something; traces appear layer by layer. */
export async function writeReports(
  config: ScaleSimConfig,
  layers: readonly ScaleSimLayer[],
  output: ScaleSimOutput,
  terminal: Terminal,
): Promise<void> {
  makeFolder(output.folder);
  const reports = scaleSimReports(await runLayers(config, layers, output, terminal));
  for (const [name, text] of reports) writeWhole(join(output.folder, name), (sink) => sink(encoder.encode(text)));
}

async function runLayers(
  config: ScaleSimConfig,
  layers: readonly ScaleSimLayer[],
  { folder, hasTraces }: ScaleSimOutput,
  terminal: Terminal,
): Promise<readonly ScaleSimLayerReport[]> {
  const progress = new Progress(terminal);
  const whole = layers.reduce((sum, layer) => sum + scaleSimLayerFigures(config, layer).cycles, 0);
  let done = 0;
  let interruptedBy: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    interruptedBy = signal;
  };
  for (const signal of signals) process.on(signal, interrupt);
  let traces: LayerTraces | undefined;
  try {
    const reports: ScaleSimLayerReport[] = [];
    for (const [number, layer] of layers.entries()) {
      traces = hasTraces ? new LayerTraces(config, join(folder, `layer${number}`)) : undefined;
      const run = new ScaleSimLayerRun(config, layer, traces?.listener);
      while (!run.advance(cyclesPerSlice)) {
        progress.show(done + run.cycle, whole, done + run.cycle);
        await new Promise(setImmediate); // lets Ctrl-C in
        if (interruptedBy !== undefined)
          throw new Interrupted(`interrupted in layer '${layer.name}' at cycle ${run.cycle}`);
      }
      done += run.cycle;
      reports.push(run.finish());
      traces?.keep();
    }
    return reports;
  } finally {
    traces?.drop();
    progress.clear();
    for (const signal of signals) process.off(signal, interrupt);
    // A request to end the process does, now that nothing half-written is left.
    if (interruptedBy !== undefined && interruptedBy !== "SIGINT") process.kill(process.pid, interruptedBy);
  }
}

/** The traces of one layer, as they are written. */
class LayerTraces {
  readonly #drafts = new Map<ScaleSimTraceName, Draft>();
  readonly #texts = new Map<ScaleSimTraceName, string>();
  readonly listener: (name: ScaleSimTraceName, cycle: number, words: Int32Array) => void;

  constructor(config: ScaleSimConfig, folder: string) {
    makeFolder(folder);
    try {
      for (const name of scaleSimTraceNames(config)) this.#drafts.set(name, new Draft(join(folder, `${name}.csv`)));
    } catch (error) {
      this.drop();
      throw error;
    }
    this.listener = (name, cycle, words) => {
      const text = (this.#texts.get(name) ?? "") + scaleSimTraceLine(config, name, cycle, words);
      this.#texts.set(name, text.length < pieceLength ? text : this.#write(name, text));
    };
  }

  /** All of them appear. */
  keep(): void {
    for (const [name, draft] of this.#drafts) {
      this.#write(name, this.#texts.get(name) ?? "");
      draft.keep();
    }
  }

  drop(): void {
    for (const draft of this.#drafts.values()) draft.drop();
  }

  #write(name: ScaleSimTraceName, text: string): string {
    this.#drafts.get(name)?.write(encoder.encode(text));
    return "";
  }
}
