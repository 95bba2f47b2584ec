import { KpuError, nearestHint } from "@kpu-sim/machine";

/** The kinds of trace files. */
export const traceFormats = ["kputrace", "perfetto", "chrome", "csv"] as const;
export type TraceFormat = (typeof traceFormats)[number];

/** What the names of files end in, by kind. */
export const traceSuffixes: Readonly<Record<TraceFormat, readonly string[]>> = {
  kputrace: [".kputrace"],
  perfetto: [".pftrace", ".perfetto-trace"],
  chrome: [".json"],
  csv: [".csv"],
};

/** The kind of trace file that a name stands for. Errors: KPU_ARGUMENT for other names, with those that are known. */
export function traceFormatOf(name: string): TraceFormat {
  const lower = name.toLowerCase();
  const format = traceFormats.find((each) => traceSuffixes[each].some((suffix) => lower.endsWith(suffix)));
  if (format !== undefined) return format;
  const known = traceFormats.flatMap((each) => traceSuffixes[each]).join(", ");
  throw new KpuError("KPU_ARGUMENT", `'${name}' is not the name of a trace file: those end in ${known}`, { name });
}

/** A kind of trace file by its name. Errors: KPU_ARGUMENT, with the nearest name. */
export function traceFormatNamed(name: string): TraceFormat {
  const format = traceFormats.find((each) => each === name);
  if (format !== undefined) return format;
  const message = `there is no trace format '${name}'; there are ${traceFormats.join(", ")}${nearestHint(name, traceFormats)}`;
  throw new KpuError("KPU_ARGUMENT", message, { name });
}
