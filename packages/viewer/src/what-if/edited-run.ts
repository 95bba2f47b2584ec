import { completeFlatConfig, configFields, type FlatConfig, type FlatValue, nestConfig } from "kpu-sim";
import type { Program, RunRequest } from "../engine/protocol.ts";

/** Sizes of a matrix product that can be edited; tiles that are not given are chosen. */
export const matmulSizes = ["m", "n", "k", "tileM", "tileN", "tileK"] as const;

/** Texts of a form by name: fields of the configuration, and the program's own. */
export type Edits = Readonly<Record<string, string>>;

/**
 * The run with what a form says instead of what it had; its title says what is other than before. Errors: KpuError for values that do not
 * fit a field.
 */
export function editedRun(title: string, config: FlatConfig, program: Program, edits: Edits): RunRequest {
  const changes: string[] = [];
  const flat: Record<string, FlatValue> = { ...config };
  for (const { flat: name, kind } of configFields) {
    const text = edits[name];
    if (text === undefined) continue;
    const value = kind === "choice" || kind === "text" ? text : kind === "flag" ? text === "true" : Number(text);
    if (value === config[name]) continue;
    flat[name] = value;
    changes.push(`${name} ${text}`);
  }
  const edited = editedProgram(program, edits, changes);
  const [base] = title.split("; with ");
  return {
    title: changes.length === 0 ? title : `${base}; with ${changes.join(", ")}`,
    config: nestConfig(completeFlatConfig(flat)),
    program: edited,
  };
}

function editedProgram(program: Program, edits: Edits, changes: string[]): Program {
  const numberOf = (name: string, before: number | undefined): number | undefined => {
    const text = edits[name];
    if (text === undefined || text === `${before ?? ""}`) return before;
    changes.push(`${name} ${text === "" ? "chosen" : text}`);
    return text === "" ? undefined : Number(text);
  };
  if (program.kind === "transfer")
    return { kind: "transfer", bytes: numberOf("bytes", program.bytes) ?? program.bytes };
  if (program.kind === "workload") return program;
  if (program.kind === "recorded") throw new Error("A recorded trace cannot be simulated anew: choose a run first.");
  const { request } = program;
  const { m, n, k } = request;
  const buffers = edits["doubleBuffer"];
  const doubleBuffer = buffers === undefined ? request.doubleBuffer : buffers === "true";
  if ((doubleBuffer ?? true) !== (request.doubleBuffer ?? true))
    changes.push(doubleBuffer ? "two buffers" : "one buffer");
  return {
    kind: "matmul",
    request: {
      ...request,
      m: numberOf("m", m) ?? m,
      n: numberOf("n", n) ?? n,
      k: numberOf("k", k) ?? k,
      tileM: numberOf("tileM", request.tileM),
      tileN: numberOf("tileN", request.tileN),
      tileK: numberOf("tileK", request.tileK),
      doubleBuffer,
    },
  };
}
