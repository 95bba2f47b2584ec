import { createSignal, For, type JSX, onCleanup, onMount, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import { ArrayView } from "../array/array-view.tsx";
import { CompareView } from "../compare/compare-view.tsx";
import { HierarchyView } from "../hierarchy/hierarchy-view.tsx";
import { MemoryView } from "../memory/memory-view.tsx";
import { RooflineView } from "../roofline/roofline-view.tsx";
import { type Command, commandOf, cursorCommands } from "../state/commands.ts";
import { Playback } from "../state/playback.ts";
import type { RunState } from "../state/run-state.ts";
import { ThemeState } from "../state/theme.ts";
import { StatisticsView } from "../statistics/statistics-view.tsx";
import { TimelineView } from "../timeline/timeline-view.tsx";
import { ValidationView } from "../validation/validation-view.tsx";
import type { View } from "../views.ts";
import { WhatIfView } from "../what-if/what-if-view.tsx";
import { examples } from "../workload/examples.ts";
import { keepAddress, type PagePlace } from "./address.ts";
import { FileDrop } from "./file-drop.tsx";
import { KeyHelp } from "./key-help.tsx";
import { Palette } from "./palette.tsx";
import { RunPicker } from "./run-picker.tsx";
import "./shell.css";
import { Transport } from "./transport.tsx";

const views: readonly View[] = [
  { id: "timeline", title: "Timeline", key: "1", component: TimelineView },
  { id: "memory", title: "Memory", key: "2", component: MemoryView },
  { id: "what-if", title: "What if", key: "3", component: WhatIfView },
  { id: "statistics", title: "Figures", key: "4", component: StatisticsView },
  { id: "roofline", title: "Roofline", key: "5", component: RooflineView },
  { id: "array", title: "Array", key: "6", component: ArrayView },
  { id: "compare", title: "Compare", key: "7", component: CompareView },
  { id: "validation", title: "Validation", key: "8", component: ValidationView },
];

/** The page: what runs and where in it at the top, the machine at the left, one view at the right. */
export function App(props: { readonly state: RunState; readonly start: PagePlace }): JSX.Element {
  const theme = new ThemeState();
  const playback = new Playback(props.state);
  const [dialog, setDialog] = createSignal<"palette" | "keys">();
  const [shown, setShown] = createSignal(views.find(({ id }) => id === props.start.view)?.id ?? views[0]?.id);
  keepAddress(props.state, shown, props.start);
  const viewCommands = views.map(
    ({ id, title, key }): Command => ({
      id: `view-${id}`,
      title: `Show: ${title}`,
      keys: [key],
      run: () => setShown(id),
    }),
  );
  const commands: readonly Command[] = [
    ...cursorCommands(props.state, playback),
    ...viewCommands,
    { id: "theme", title: "Light or dark", keys: [], run: () => theme.toggle() },
    ...examples.map(
      (example, index): Command => ({
        id: `example-${index}`,
        title: `Run: ${example.title}`,
        keys: [],
        run: () => props.state.load(example),
      }),
    ),
    { id: "palette", title: "All commands", keys: ["Ctrl+k", "Ctrl+Shift+P"], run: () => setDialog("palette") },
    { id: "keys", title: "Keys", keys: ["?"], run: () => setDialog("keys") },
  ];
  const onKey = (event: KeyboardEvent): void => {
    if (dialog() !== undefined) return;
    const command = commandOf(event, commands);
    if (command === undefined) return;
    event.preventDefault();
    command.run();
  };
  onMount(() => window.addEventListener("keydown", onKey));
  onCleanup(() => window.removeEventListener("keydown", onKey));
  return (
    <>
      <header>
        <div class="bar">
          <h1>KPU</h1>
          <RunPicker state={props.state} />
          <FileDrop state={props.state} onOpen={() => shown() === "compare" && props.state.keepFirst()} />
          <button type="button" class="quiet" onClick={() => setDialog("palette")} title="All commands (Ctrl+K)">
            Commands
          </button>
          <button type="button" class="quiet" onClick={() => setDialog("keys")} title="Keys (?)">
            Keys
          </button>
          <button type="button" class="quiet" onClick={() => theme.toggle()} title="Light or dark">
            {theme.theme() === "dark" ? "Light" : "Dark"}
          </button>
        </div>
        <Transport state={props.state} playback={playback} />
      </header>
      <Show when={props.state.failure()}>
        {(message) => (
          <div class="failure" role="alert">
            <p>{message()}</p>
            <button type="button" class="quiet" onClick={() => props.state.tell(undefined)}>
              Close
            </button>
          </div>
        )}
      </Show>
      <main class="panes">
        <section aria-label="Machine" class="pane machine" tabindex="0">
          <HierarchyView state={props.state} />
        </section>
        <section class="pane view" aria-label="View">
          <div role="tablist" class="tabs">
            <For each={views}>
              {(view) => (
                <button
                  type="button"
                  role="tab"
                  id={`tab-${view.id}`}
                  aria-selected={shown() === view.id}
                  aria-controls="view"
                  title={`Key ${view.key}`}
                  onClick={() => setShown(view.id)}
                >
                  {view.title}
                </button>
              )}
            </For>
          </div>
          <div id="view" role="tabpanel" aria-labelledby={`tab-${shown()}`} tabindex="0">
            <Dynamic
              component={views.find(({ id }) => id === shown())?.component}
              state={props.state}
              show={setShown}
            />
          </div>
        </section>
      </main>
      <Palette commands={commands} isOpen={dialog() === "palette"} onClose={() => setDialog(undefined)} />
      <KeyHelp commands={commands} isOpen={dialog() === "keys"} onClose={() => setDialog(undefined)} />
    </>
  );
}
