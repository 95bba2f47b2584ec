import { createEffect, For, type JSX } from "solid-js";
import type { Command } from "../state/commands.ts";
import { keyText } from "./command-search.ts";

type Props = {
  readonly commands: readonly Command[];
  readonly isOpen: boolean;
  readonly onClose: () => void;
};

/** All keys in a table. */
export function KeyHelp(props: Props): JSX.Element {
  let dialog: HTMLDialogElement | undefined;
  createEffect(() => {
    if (props.isOpen) dialog?.showModal();
    else dialog?.close();
  });
  return (
    <dialog
      class="key-help"
      aria-label="Keys"
      ref={(element) => {
        dialog = element;
      }}
      onClose={() => {
        // The event comes late: by then this or another dialog may have been opened.
        if (props.isOpen && !dialog?.open) props.onClose();
      }}
      onKeyDown={({ key }) => {
        if (key === "Escape") props.onClose();
      }}
    >
      <h2>Keys</h2>
      <table>
        <tbody>
          <For each={props.commands.filter(({ keys }) => keys.length > 0)}>
            {({ title, keys }) => (
              <tr>
                <th scope="row">{title}</th>
                <td>
                  <For each={keys}>{(key) => <kbd>{keyText(key)}</kbd>}</For>
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
      <button type="button" onClick={() => props.onClose()}>
        Close
      </button>
    </dialog>
  );
}
