import { type ConfigField, configFields, type FlatConfig } from "kpu-sim";
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import type { LoadedRun } from "../state/run-state.ts";
import type { ViewProps } from "../views.ts";
import { DifferenceTable } from "./difference-table.tsx";
import { type Edits, editedRun, matmulSizes } from "./edited-run.ts";
import "./what-if.css";

const sectionTitles: Readonly<Record<string, string>> = {
  hostMemory: "Host memory",
  externalMemory: "External memory",
  l3Tiles: "L3 tiles",
  l2Banks: "L2 banks",
  scratchpads: "Scratchpads",
  computeTiles: "Compute tiles",
  vectorUnits: "Vector units",
  dmaEngines: "DMA engines",
  blockMovers: "Block movers",
  streamers: "Streamers",
};
const others = "Whole machine";
const sections = [...new Set(configFields.map(sectionOf))].map((title) => ({
  title,
  fields: configFields.filter((field) => sectionOf(field) === title),
}));

function sectionOf({ path }: ConfigField): string {
  return sectionTitles[path[0]] ?? others;
}

/** The machine and the program of the run as a form; what is changed is simulated anew and compared. */
export function WhatIfView(props: ViewProps): JSX.Element {
  return (
    <Show when={props.state.run()} keyed fallback={<p>No run yet.</p>}>
      {(run) => <Editor state={props.state} show={props.show} run={run} />}
    </Show>
  );
}

function Editor(props: ViewProps & { readonly run: LoadedRun }): JSX.Element {
  const [edits, setEdits] = createSignal<Edits>({});
  const { state, run } = props;
  const { config, title } = run.description;
  const edit = (name: string, text: string): void => void setEdits({ ...edits(), [name]: text });
  const count = createMemo(() => Object.keys(edits()).length);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    state.keepFirst();
    try {
      state.load(editedRun(title, config, run.request.program, edits()));
    } catch (error) {
      state.tell(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form class="what-if" onSubmit={submit}>
      <div class="controls">
        <button type="submit" class="primary">
          Simulate
        </button>
        <span class="faint">{count() === 0 ? "Change something, then simulate." : `${count()} edited`}</span>
        <button type="button" disabled={!state.isFinished()} onClick={() => state.keepAsBaseline()}>
          Keep this run as A
        </button>
        <button type="button" disabled={state.baseline() === undefined} onClick={() => props.show("compare")}>
          Compare
        </button>
      </div>
      <DifferenceTable state={state} />
      <fieldset>
        <legend>Program</legend>
        <ProgramFields run={run} onEdit={edit} />
      </fieldset>
      <For each={sections}>
        {(section) => (
          <details open={section.title === "L2 banks" || section.title === "External memory"}>
            <summary>{section.title}</summary>
            <div class="fields">
              <For each={section.fields}>{(field) => <Field field={field} config={config} onEdit={edit} />}</For>
            </div>
          </details>
        )}
      </For>
    </form>
  );
}

type OnEdit = (name: string, text: string) => void;

function ProgramFields(props: { readonly run: LoadedRun; readonly onEdit: OnEdit }): JSX.Element {
  const { program } = props.run.request;
  const size = (name: string, value: number | undefined, hint: string): JSX.Element => (
    <label title={hint}>
      <span>{name}</span>
      <input
        type="number"
        min="1"
        name={name}
        value={value ?? ""}
        placeholder="chosen"
        onInput={({ currentTarget }) => props.onEdit(name, currentTarget.value)}
      />
    </label>
  );
  if (program.kind === "transfer")
    return <div class="fields">{size("bytes", program.bytes, "Bytes of the transfer")}</div>;
  if (program.kind === "workload") return <p>The program is that of the workload file.</p>;
  if (program.kind === "recorded") return <p>A recorded trace cannot be simulated anew: choose a run first.</p>;
  const { request } = program;
  return (
    <div class="fields">
      <For each={matmulSizes}>
        {(name) =>
          size(name, request[name], name.startsWith("tile") ? "Side of a tile; empty: chosen" : "Side of the product")
        }
      </For>
      <label>
        <span>buffers</span>
        <select
          name="doubleBuffer"
          value={`${request.doubleBuffer ?? true}`}
          onChange={({ currentTarget }) => props.onEdit("doubleBuffer", currentTarget.value)}
        >
          <option value="true">two at every level</option>
          <option value="false">one at every level</option>
        </select>
      </label>
    </div>
  );
}

function Field(props: {
  readonly field: ConfigField;
  readonly config: FlatConfig;
  readonly onEdit: OnEdit;
}): JSX.Element {
  const { flat, kind, unit, choices, doc } = props.field;
  const text = `${String(props.config[flat])}`;
  const options = kind === "flag" ? ["true", "false"] : choices;
  return (
    <label title={doc} for={`field-${flat}`}>
      <span>
        {flat} <small>{unit}</small>
      </span>
      <Show
        when={options}
        fallback={
          <input
            type={kind === "text" ? "text" : "number"}
            id={`field-${flat}`}
            step="any"
            min="0"
            name={flat}
            value={text}
            onInput={({ currentTarget }) => props.onEdit(flat, currentTarget.value)}
          />
        }
      >
        {(words) => (
          <select
            id={`field-${flat}`}
            name={flat}
            value={text}
            onChange={({ currentTarget }) => props.onEdit(flat, currentTarget.value)}
          >
            <For each={words()}>{(word) => <option value={word}>{word}</option>}</For>
          </select>
        )}
      </Show>
    </label>
  );
}
