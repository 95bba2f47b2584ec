import { For, type JSX, Show } from "solid-js";
import { cursorCommands } from "../state/commands.ts";
import { type Playback, speeds } from "../state/playback.ts";
import type { RunState } from "../state/run-state.ts";
import { keyText } from "./command-search.ts";
import { grouped } from "./format.ts";
import { Icon } from "./icons.tsx";

/** Buttons and a bar that move the cursor, and how far the simulation has come. */
export function Transport(props: { readonly state: RunState; readonly playback: Playback }): JSX.Element {
  const commands = cursorCommands(props.state, props.playback);
  const button = (id: string): JSX.Element => {
    const command = commands.find((each) => each.id === id);
    if (command === undefined) return undefined;
    const keys = command.keys.map(keyText);
    return (
      <button
        type="button"
        id={id}
        aria-label={command.title}
        title={`${command.title} (${keys.join(", ")})`}
        onClick={command.run}
      >
        <Icon name={id} />
      </button>
    );
  };
  const { state, playback } = props;
  return (
    <div class="transport" role="toolbar" aria-label="Run">
      {button("start")}
      {button("step-event-back")}
      {button("step-back")}
      <button
        type="button"
        id="play"
        class="primary"
        title="Play or pause (Space)"
        onClick={() => (playback.mode() === "still" ? playback.play() : playback.pause())}
      >
        {playback.mode() === "still" ? "Run" : "Pause"}
      </button>
      {button("step")}
      {button("step-event")}
      {button("next-idle")}
      {button("end")}
      {button("follow")}
      <label>
        <span class="unseen">Speed</span>
        <select
          value={playback.speed()}
          onChange={({ currentTarget }) => playback.setSpeed(Number(currentTarget.value))}
        >
          <For each={speeds}>{(speed) => <option value={speed}>{speed}x</option>}</For>
        </select>
      </label>
      <input
        type="range"
        class="scrub"
        aria-label="Cycle"
        min="0"
        max={state.latestCycle()}
        value={state.cursor()}
        onInput={({ currentTarget }) => {
          playback.pause();
          state.moveTo(Number(currentTarget.value));
        }}
      />
      <output class="cycle" aria-live="off">
        cycle <b id="cursor">{grouped(state.cursor())}</b> of <span id="latest">{grouped(state.latestCycle())}</span>
        <Show when={!state.isFinished()}> so far</Show>
      </output>
    </div>
  );
}
