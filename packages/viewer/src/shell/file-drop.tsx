import { createSignal, type JSX, onCleanup, onMount, Show } from "solid-js";
import type { RunState } from "../state/run-state.ts";
import { openFile } from "./open-file.ts";

/** Opens files: by a button, or dropped anywhere on the page. Nothing leaves the page. */
export function FileDrop(props: {
  readonly state: RunState;
  /** Before a file takes the place of the present run. */
  readonly onOpen: () => void;
}): JSX.Element {
  const { state } = props;
  const [isOver, setOver] = createSignal(false);
  let input: HTMLInputElement | undefined;
  const open = async (file: File | undefined): Promise<void> => {
    if (file !== undefined) await openFile(state, file, props.onOpen);
  };
  const over = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  const leave = (event: DragEvent): void => {
    if (event.relatedTarget === null) setOver(false);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void open(event.dataTransfer?.files[0]);
  };
  onMount(() => {
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
  });
  onCleanup(() => {
    removeEventListener("dragover", over);
    removeEventListener("dragleave", leave);
    removeEventListener("drop", drop);
  });
  return (
    <>
      <button
        type="button"
        class="quiet"
        title="Open a trace, a workload or a configuration; or drop it on the page"
        onClick={() => input?.click()}
      >
        Open
      </button>
      <input
        ref={input}
        type="file"
        id="open-file"
        class="unseen"
        tabindex="-1"
        aria-label="A trace, a workload or a configuration"
        accept=".kputrace,.yaml,.yml,.json"
        onChange={({ currentTarget }) => {
          void open(currentTarget.files?.[0]);
          currentTarget.value = "";
        }}
      />
      <Show when={isOver()}>
        <div class="drop-here" aria-hidden="true">
          Drop a .kputrace, a workload or a configuration
        </div>
      </Show>
    </>
  );
}
