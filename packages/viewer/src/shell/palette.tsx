import { createEffect, createMemo, createSignal, For, type JSX } from "solid-js";
import type { Command } from "../state/commands.ts";
import { keyText, matchingCommands } from "./command-search.ts";
import { ModalDialog } from "./modal-dialog.tsx";

type Props = {
  readonly commands: readonly Command[];
  readonly isOpen: boolean;
  readonly onClose: () => void;
};

/** All commands by name: type a few letters, choose with the arrow keys, run with Enter. */
export function Palette(props: Props): JSX.Element {
  const [text, setText] = createSignal("");
  const [chosen, setChosen] = createSignal(0);
  const found = createMemo(() => matchingCommands(props.commands, text()));
  createEffect(() => {
    if (!props.isOpen) return;
    setText("");
    setChosen(0);
  });
  const run = (command: Command | undefined): void => {
    props.onClose();
    command?.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      const count = Math.max(found().length, 1);
      setChosen((chosen() + step + count) % count);
    } else if (event.key === "Enter") {
      run(found()[chosen()]);
    } else {
      return;
    }
    event.preventDefault();
  };
  return (
    <ModalDialog class="palette" label="Commands" isOpen={props.isOpen} onClose={props.onClose}>
      <input
        role="combobox"
        aria-label="Command"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={found()[chosen()] === undefined ? undefined : `command-${found()[chosen()]?.id}`}
        placeholder="What to do?"
        value={text()}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="commands" role="listbox" aria-label="Commands">
        <For each={found()} fallback={<p class="faint">No command has this in its name.</p>}>
          {(command, index) => (
            <button
              type="button"
              role="option"
              tabindex="-1"
              id={`command-${command.id}`}
              aria-selected={index() === chosen()}
              onClick={() => run(command)}
            >
              <span>{command.title}</span>
              <span class="keys">{command.keys.map(keyText).join(", ")}</span>
            </button>
          )}
        </For>
      </div>
    </ModalDialog>
  );
}
