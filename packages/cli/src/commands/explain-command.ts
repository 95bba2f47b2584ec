import type { Command } from "commander";
import {
  configFields,
  energyDefinitions,
  errorDefinitions,
  insightRules,
  nearestHint,
  statisticDefinitions,
} from "kpu-sim";
import { table } from "../terminal/table.ts";
import { bold, type Terminal, UsageError } from "../terminal/terminal.ts";

/** Something that has a name and a meaning. */
type Topic = {
  readonly name: string;
  readonly kind: string;
  readonly meaning: string;
  readonly facts: readonly (readonly [string, string])[];
};

export function addExplainCommand(program: Command, terminal: Terminal): void {
  program
    .command("explain [name]")
    .description("what a figure, a field of the configuration, an insight or the code of an error means")
    .option("--all", "list all names")
    .addHelpText(
      "after",
      "\nExamples:\n  kpu explain portUtilization\n  kpu explain dma_bandwidth_gbps\n  kpu explain KPU_DEADLOCK",
    )
    .action((name: string | undefined, { all = false }: { readonly all?: boolean }) => {
      const topics = allTopics();
      if (all) {
        terminal.out(
          table(
            ["name", "kind", "meaning"],
            topics.map((topic) => [topic.name, topic.kind, topic.meaning]),
          ),
        );
        return;
      }
      if (name === undefined) throw new UsageError("name a figure, a field or the code of an error, or give --all");
      const found = topics.filter((topic) => sameName(topic.name, name));
      if (found.length === 0) {
        const names = topics.map((topic) => topic.name);
        const hint = nearestHint(name, names);
        throw new UsageError(`nothing is called '${name.slice(0, 64)}'${hint} (kpu explain --all lists all)`);
      }
      terminal.out(found.map((topic) => topicText(topic, terminal)).join("\n"));
    });
}

/** Names in TypeScript and in Python are the same thing: `portBytes` and `port_bytes`. */
function sameName(one: string, other: string): boolean {
  const plain = (text: string): string => text.replaceAll("_", "").toLowerCase();
  return plain(one) === plain(other);
}

function allTopics(): readonly Topic[] {
  const figures = new Map<string, { readonly topic: Topic; readonly kinds: string[] }>();
  for (const [kind, definitions] of Object.entries(statisticDefinitions)) {
    for (const { name, unit, definition } of definitions) {
      const key = `${name} ${definition}`;
      const known = figures.get(key);
      if (known !== undefined) known.kinds.push(kind);
      else
        figures.set(key, {
          topic: { name, kind: "figure", meaning: definition, facts: [["unit", unit]] },
          kinds: [kind],
        });
    }
  }
  return [
    ...[...figures.values()].map(
      ({ topic, kinds }): Topic => ({ ...topic, facts: [...topic.facts, ["of", kinds.join(", ")]] }),
    ),
    ...configFields.map(({ flat, unit, initial, doc, choices }): Topic => {
      const facts: [string, string][] = [["default", String(initial)]];
      if (unit !== "") facts.unshift(["unit", unit]);
      if (choices !== undefined) facts.push(["one of", choices.join(", ")]);
      return { name: flat, kind: "field", meaning: doc, facts };
    }),
    ...energyDefinitions.map(
      ({ name, unit, definition }): Topic => ({
        name,
        kind: "figure of energy",
        meaning: definition,
        facts: [["unit", unit]],
      }),
    ),
    ...Object.entries(insightRules).map(
      ([name, condition]): Topic => ({ name, kind: "insight", meaning: condition, facts: [] }),
    ),
    ...Object.entries(errorDefinitions).map(
      ([name, { kind, definition }]): Topic => ({ name, kind: "error", meaning: definition, facts: [["kind", kind]] }),
    ),
  ];
}

function topicText({ name, kind, meaning, facts }: Topic, terminal: Terminal): string {
  return [
    `${bold(name, terminal)} (${kind})`,
    meaning,
    ...facts.map(([what, value]) => `  ${what}: ${value}`),
    "",
  ].join("\n");
}
