import { expect, test } from "vitest";
import type { Command } from "../state/commands.ts";
import { keyText, matchingCommands } from "./command-search.ts";

const command = (title: string): Command => ({ id: title, title, keys: [], run: () => undefined });
const titles = (text: string): readonly string[] =>
  matchingCommands([command("Show: Memory"), command("Step one cycle"), command("One step back")], text).map(
    ({ title }) => title,
  );

test("commands are found by their words, the ones that begin like what was typed first", () => {
  expect(titles("")).toHaveLength(3);
  expect(titles("MEM")).toEqual(["Show: Memory"]);
  expect(titles("one step")).toEqual(["One step back", "Step one cycle"]);
  expect(titles("nothing of this")).toEqual([]);
});

test("keys are called as people call them", () => {
  expect(["Shift+ArrowRight", " ", "i", "Ctrl+k", "?", "+"].map(keyText)).toEqual([
    "Shift+→",
    "Space",
    "I",
    "Ctrl+K",
    "?",
    "+",
  ]);
});
