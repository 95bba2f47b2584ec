import { For, type JSX } from "solid-js";
import type { Command } from "../state/commands.ts";
import { keyText } from "./command-search.ts";
import { ModalDialog } from "./modal-dialog.tsx";

type Props = {
  readonly commands: readonly Command[];
  readonly isOpen: boolean;
  readonly onClose: () => void;
};

/** All keys in a table. */
export function KeyHelp(props: Props): JSX.Element {
  return (
    <ModalDialog class="key-help" label="Keys" isOpen={props.isOpen} onClose={props.onClose}>
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
    </ModalDialog>
  );
}
