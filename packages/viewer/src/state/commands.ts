import type { Playback } from "./playback.ts";
import type { RunState } from "./run-state.ts";

/** Something that a user can do: by a button, a key, or the palette. */
export type Command = {
  readonly id: string;
  readonly title: string;
  /** A key as `KeyboardEvent.key` has it, with `Ctrl+` and `Shift+` before it where they are needed. */
  readonly keys: readonly string[];
  readonly run: () => void;
};

/** What moves the cursor. */
export function cursorCommands(state: RunState, playback: Playback): readonly Command[] {
  const moveTo = (cycle: number | undefined): void => {
    playback.pause();
    if (cycle !== undefined) state.moveTo(cycle);
  };
  const trace = () => state.run()?.trace;
  return [
    {
      id: "play",
      title: "Play or pause",
      keys: [" "],
      run: () => (playback.mode() === "still" ? playback.play() : playback.pause()),
    },
    {
      id: "follow",
      title: "Run fast: to the end of what is simulated",
      keys: ["Shift+End"],
      run: () => playback.follow(),
    },
    { id: "step", title: "Step one cycle", keys: ["ArrowRight"], run: () => moveTo(state.cursor() + 1) },
    { id: "step-back", title: "Step one cycle back", keys: ["ArrowLeft"], run: () => moveTo(state.cursor() - 1) },
    {
      id: "step-event",
      title: "Step to the next begin or end of work",
      keys: ["Shift+ArrowRight"],
      run: () => moveTo(trace()?.edgeAfter(state.cursor())),
    },
    {
      id: "step-event-back",
      title: "Step back to the last begin or end of work",
      keys: ["Shift+ArrowLeft"],
      run: () => moveTo(trace()?.edgeBefore(state.cursor())),
    },
    {
      id: "next-idle",
      title: "To the next cycle in which nothing works",
      keys: ["i"],
      run: () => moveTo(trace()?.idleFrom(state.cursor() + 1)),
    },
    { id: "start", title: "To the start", keys: ["Home"], run: () => moveTo(0) },
    { id: "end", title: "To the end", keys: ["End"], run: () => moveTo(state.latestCycle()) },
  ];
}

/** The command whose key was pressed. Keys for text stay with fields into which one types. */
export function commandOf(event: KeyboardEvent, commands: readonly Command[]): Command | undefined {
  const { target } = event;
  const isTyping =
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
  const isPressable = target instanceof HTMLElement && target.tagName === "BUTTON";
  if (event.altKey || event.metaKey) return undefined;
  const name = `${event.ctrlKey ? "Ctrl+" : ""}${event.shiftKey && (event.ctrlKey || event.key.length > 1) ? "Shift+" : ""}${event.key}`;
  if (isTyping && !event.ctrlKey) return undefined;
  if (isPressable && event.key === " ") return undefined;
  return commands.find(({ keys }) => keys.includes(name));
}
