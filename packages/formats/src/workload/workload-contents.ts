import type { Findings } from "../text/findings.ts";
import type { Path } from "../text/source-node.ts";
import type {
  AreaContents,
  EndingContents,
  ExpectationContents,
  SemaphoreContents,
  StepContents,
  SynchronizationContents,
  WorkloadContents,
} from "./contents.ts";
import { creditsOf, placeOf, variablesOf } from "./place-text.ts";
import type {
  Area,
  AreaContent,
  CreditText,
  EndingStep,
  Expectation,
  Place,
  WorkloadSemaphore,
  WorkloadStep,
} from "./workload.ts";
import { engineWords, memoryWords } from "./workload-schema.ts";

/** Turns checked contents of a file into what it means; what does not fit together becomes a finding. */
export class WorkloadReader {
  readonly #findings: Findings;
  readonly #areas: ReadonlySet<string>;
  readonly #semaphores: ReadonlySet<string>;

  constructor(contents: WorkloadContents, findings: Findings) {
    this.#findings = findings;
    this.#areas = new Set(contents.areas?.map(({ name }) => name));
    this.#semaphores = new Set(contents.semaphores?.map(({ name }) => name));
    this.#refuseTwins(contents.areas ?? [], "areas");
    this.#refuseTwins(contents.semaphores ?? [], "semaphores");
  }

  area(contents: AreaContents, path: Path): Area {
    const { name, memory, offset, rows = 1, cols, format = "float32" } = contents;
    const line = this.#findings.lineOf(path);
    return {
      name,
      memory: numbered(memory, memoryWords),
      offset,
      rows,
      cols,
      format,
      content: this.#content(contents, path),
      line,
    };
  }

  semaphore({ name, credits = 0, grants = "data" }: SemaphoreContents): WorkloadSemaphore {
    return { name, credits, grants };
  }

  /** `variables`: those of the loops around. */
  steps(contents: readonly StepContents[], path: Path, variables: readonly string[]): WorkloadStep[] {
    return contents.flatMap((step, index) => this.#step(step, [...path, index], variables) ?? []);
  }

  expectation(contents: ExpectationContents, path: Path): Expectation | undefined {
    const { cycles, hazards, area, equals, equals_product: product, values, tolerance = 0 } = contents;
    const line = this.#findings.lineOf(path);
    const kinds = { cycles, hazards, equals, equals_product: product, values };
    const given = Object.entries(kinds).filter(([, value]) => value !== undefined);
    if (given.length !== 1) {
      this.#findings.error(path, `must have exactly one of ${Object.keys(kinds).join(", ")}`);
      return undefined;
    }
    if (cycles !== undefined) {
      const [least = 0, most = least] = cycles;
      return { kind: "cycles", least, most, line };
    }
    if (hazards !== undefined) return { kind: "hazards", count: hazards, line };
    if (area === undefined) {
      this.#findings.error(path, "needs the area that is looked at");
      return undefined;
    }
    const place = this.#place(area, [...path, "area"], []);
    if (equals !== undefined) {
      return { kind: "equalArea", place, other: this.#place(equals, [...path, "equals"], []), line };
    }
    if (values !== undefined) return { kind: "values", place, values, tolerance, line };
    const [a, b] = (product ?? []).map((each, index) => this.#place(each, [...path, "equals_product", index], []));
    if (a !== undefined && b !== undefined) return { kind: "equalProduct", place, a, b, line };
    this.#findings.error([...path, "equals_product"], "must name two areas");
    return undefined;
  }

  #step(contents: StepContents, path: Path, variables: readonly string[]): WorkloadStep | undefined {
    const { transfer, product, vector, tiled_matmul: tiled, repeat } = contents;
    const line = this.#findings.lineOf(path);
    const keys = Object.keys(contents);
    const [key = ""] = keys;
    if (keys.length !== 1) {
      this.#findings.error(
        path,
        "must have exactly one of transfer, product, vector, tiled_matmul, wait_until_done, repeat",
      );
      return undefined;
    }
    const at = [...path, key];
    const place = (text: string, name: string): Place => this.#place(text, [...at, name], variables);
    const given = (text: string | undefined, name: string): Place | undefined =>
      text === undefined ? undefined : place(text, name);
    if (transfer !== undefined) {
      const {
        engine,
        from,
        to,
        transpose = false,
        gather_rows: gatherRows,
        scatter_rows: scatterRows,
        stream,
      } = transfer;
      const staggerLanes = transfer.stagger_lanes;
      const shape = { transpose, gatherRows, scatterRows, stream, staggerLanes };
      const ends = { engine: numbered(engine, engineWords), from: place(from, "from"), to: place(to, "to") };
      return { kind: "transfer", ...ends, ...shape, ...this.#synchronization(transfer, at), line };
    }
    if (product !== undefined) {
      const { tile = 0, a, b, c, accumulate = false, dataflow } = product;
      const places = { a: place(a, "a"), b: place(b, "b"), c: place(c, "c") };
      const end = endingOf(product, given);
      return {
        kind: "product",
        tile,
        ...places,
        accumulate,
        dataflow,
        ...end,
        ...this.#synchronization(product, at),
        line,
      };
    }
    if (vector !== undefined) {
      const {
        unit = 0,
        operation,
        source,
        destination,
        operator,
        operand,
        scalar,
        reduction,
        gamma,
        beta,
        epsilon,
      } = vector;
      return {
        kind: "vector",
        unit,
        operation,
        source: place(source, "source"),
        destination: place(destination, "destination"),
        operator,
        operand: given(operand, "operand"),
        scalar,
        reduction,
        gamma: given(gamma, "gamma"),
        beta: given(beta, "beta"),
        epsilon,
        ...endingOf(vector, given),
        ...this.#synchronization(vector, at),
        line,
      };
    }
    if (tiled !== undefined) {
      const {
        m,
        n,
        k,
        tile_m: tileM,
        tile_n: tileN,
        tile_k: tileK,
        dataflow,
        double_buffer: doubleBuffer,
        format = "float32",
      } = tiled;
      return { kind: "tiledProduct", m, n, k, tileM, tileN, tileK, dataflow, doubleBuffer, format, line };
    }
    if (repeat === undefined) return { kind: "drain", line };
    const { times, as: variable, program } = repeat;
    if (variable !== undefined && variables.includes(variable)) {
      this.#findings.error([...at, "as"], `is '${variable}', which a loop around this one has already`);
    }
    const inner = variable === undefined ? variables : [...variables, variable];
    return { kind: "repeat", times, variable, steps: this.steps(program, [...at, "program"], inner), line };
  }

  #place(text: string, path: Path, variables: readonly string[]): Place {
    const place = placeOf(text) ?? { area: text, rows: undefined, cols: undefined };
    if (!this.#areas.has(place.area))
      this.#findings.error(path, `names '${place.area}', which is no area of this file`);
    for (const variable of variablesOf(place)) {
      if (!variables.includes(variable)) {
        this.#findings.error(path, `has the variable '${variable}', which no loop around it counts`);
      }
    }
    return place;
  }

  #synchronization(
    { wait_for: waitFor = [], signal = [] }: SynchronizationContents,
    path: Path,
  ): { readonly waitFor: readonly CreditText[]; readonly signal: readonly CreditText[] } {
    const read = (texts: readonly string[], name: string): CreditText[] =>
      texts.map((text, index) => {
        const credits = creditsOf(text) ?? { semaphore: text, count: 1 };
        if (!this.#semaphores.has(credits.semaphore)) {
          this.#findings.error(
            [...path, name, index],
            `names '${credits.semaphore}', which is no semaphore of this file`,
          );
        }
        return credits;
      });
    return { waitFor: read(waitFor, "wait_for"), signal: read(signal, "signal") };
  }

  #content({ fill, seed, values, rows = 1, cols }: AreaContents, path: Path): AreaContent {
    if (values === undefined) {
      if (fill === "random") return { kind: "random", seed: seed ?? 1 };
      if (seed !== undefined) this.#findings.error([...path, "seed"], "belongs to fill: random");
      return fill === undefined || fill === "zeros" ? { kind: "zeros" } : { kind: fill };
    }
    if (fill !== undefined) this.#findings.error(path, "has both fill and values: one of them is enough");
    if (values.length !== rows * cols) {
      this.#findings.error([...path, "values"], `has ${values.length} values; ${rows} x ${cols} are ${rows * cols}`);
    }
    return { kind: "values", values };
  }

  #refuseTwins(entries: readonly { readonly name: string }[], list: string): void {
    const seen = new Set<string>();
    for (const [index, { name }] of entries.entries()) {
      if (seen.has(name)) this.#findings.error([list, index, "name"], `is '${name}', as an earlier one`);
      seen.add(name);
    }
  }
}

function endingOf(
  contents: EndingContents,
  given: (text: string | undefined, name: string) => Place | undefined,
): EndingStep {
  const { activation, slope, bias, scale, result_scale: resultScale, result_zero_point: resultZeroPoint } = contents;
  return { activation, slope, bias: given(bias, "bias"), scale, resultScale, resultZeroPoint };
}

/** A text such as `dma 0`, which has been checked. */
function numbered<Kind>(
  text: string,
  words: Readonly<Record<string, Kind>>,
): { readonly kind: Kind; readonly id: number } {
  const [word = "", id = ""] = text.split(" ");
  const kind = words[word];
  if (kind === undefined) throw new RangeError(`nothing is called ${text}`);
  return { kind, id: Number(id) };
}
