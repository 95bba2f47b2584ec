import { fileFormatOf, isWorkloadText, parseConfig, parseWorkload } from "kpu-sim";
import type { Program, RunRequest } from "../engine/protocol.ts";

const mostConfigBytes = 4 * 2 ** 20;
const mostTraceBytes = 512 * 2 ** 20;
const usualProgram: Program = { kind: "matmul", request: { m: 192, n: 192, k: 192 } };

/** What a file turned out to be. */
export type OpenedFile =
  | { readonly kind: "trace"; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: "run"; readonly request: RunRequest };

/**
 * A file that was dropped or chosen: a trace, a workload, or a machine's configuration, which is to do what the present run does. Errors: Error that
 * says what can be opened, or KpuError with the lines that are wrong.
 */
export async function openedFile(file: File, present: Program | undefined): Promise<OpenedFile> {
  if (/\.kputrace$/i.test(file.name)) {
    requireSize(file, mostTraceBytes);
    return { kind: "trace", name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  }
  const format = fileFormatOf(file.name);
  if (format === undefined) {
    throw new Error(
      `${file.name} cannot be opened: drop a .kputrace, a workload, or a machine's configuration (.yaml, .yml or .json)`,
    );
  }
  requireSize(file, mostConfigBytes);
  const text = await file.text();
  if (isWorkloadText(text)) {
    const workload = parseWorkload(text, format);
    const title = workload.name ?? file.name;
    return {
      kind: "run",
      request: { title, config: workload.config ?? {}, program: { kind: "workload", text, format } },
    };
  }
  const { config } = parseConfig(text, format);
  const program = present === undefined || present.kind === "recorded" ? usualProgram : present;
  return { kind: "run", request: { title: file.name, config, program } };
}

function requireSize(file: File, most: number): void {
  if (file.size > most) throw new Error(`${file.name} has ${file.size} bytes; at most ${most} can be opened`);
}
