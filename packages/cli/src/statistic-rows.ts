import { type Statistics, statisticDefinitions } from "kpu-sim";
import { csv } from "./terminal/table.ts";

/** One figure of one component. */
export type StatisticRow = readonly [component: string, figure: string, value: number, unit: string];

/** Every figure in a line of its own. */
export function statisticsCsv(statistics: Statistics): string {
  return csv(["component", "figure", "value", "unit"], statisticRows(statistics));
}

/** All figures in the order of their definitions. */
export function statisticRows(statistics: Statistics): readonly StatisticRow[] {
  return Object.entries(statisticDefinitions).flatMap(([kind, definitions]) => {
    const found: unknown = Reflect.get(statistics, kind);
    const components: readonly unknown[] = Array.isArray(found) ? found : [found];
    return components.flatMap((component, id) =>
      definitions.flatMap(({ name, unit }): StatisticRow[] => {
        const value: unknown =
          typeof component === "object" && component !== null ? Reflect.get(component, name) : undefined;
        const title = Array.isArray(found) ? `${kind} ${id}` : kind;
        return typeof value === "number" ? [[title, name, value, unit]] : [];
      }),
    );
  });
}
