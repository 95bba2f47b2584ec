import {
  type ComponentKind,
  type Figures,
  type StatisticDefinition,
  type Statistics,
  statisticDefinitions,
} from "kpu-sim";

/** A figure of all components of a kind together, in two runs. */
export type Difference = StatisticDefinition & {
  readonly kind: ComponentKind;
  readonly before: number;
  readonly after: number;
};

/** What a configuration says, not what a run did, and cycles that say nothing when added up. */
const leftOut: readonly string[] = ["capacityBytes", "lastAccessCycle", "isBusy"];

/** Figures that differ between two runs: counts added up over all components of a kind, ratios averaged. */
export function differences(before: Statistics, after: Statistics): readonly Difference[] {
  const kinds = Object.keys(statisticDefinitions) as readonly ComponentKind[];
  return kinds.flatMap((kind) =>
    statisticDefinitions[kind].flatMap((definition): readonly Difference[] => {
      if (leftOut.includes(definition.name)) return [];
      const [one, other] = [total(before[kind], definition), total(after[kind], definition)];
      return one === other ? [] : [{ ...definition, kind, before: one, after: other }];
    }),
  );
}

function total(figures: Figures | readonly Figures[], { name, unit }: StatisticDefinition): number {
  const all = isList(figures) ? figures : [figures];
  const sum = all.reduce((so, each) => so + (each[name] ?? 0), 0);
  return unit === "ratio" ? sum / Math.max(all.length, 1) : sum;
}

function isList(figures: Figures | readonly Figures[]): figures is readonly Figures[] {
  return Array.isArray(figures);
}

/** `-12.5 %`; what was zero has no relative change. */
export function relativeText({ before, after }: Pick<Difference, "before" | "after">): string {
  if (before === 0) return "new";
  const change = (100 * (after - before)) / Math.abs(before);
  return `${change > 0 ? "+" : ""}${change.toFixed(Math.abs(change) < 0.1 ? 3 : 1)} %`;
}
