import type { TraceOrigin } from "kpu-sim";
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from "solid-js";
import { grouped, hexText } from "../shell/format.ts";
import type { MemoryBytes, RunState } from "../state/run-state.ts";
import { bytesPerRow, type CellFormat, cellFormats, cellRows } from "./number-cells.ts";

const rowsShown = 24;
const bytesShown = rowsShown * bytesPerRow;

type Props = {
  readonly state: RunState;
  readonly memory: TraceOrigin["memories"][number];
  readonly offset: number;
  readonly onOffset: (offset: number) => void;
};

/** The bytes of a memory at the cursor, as numbers; what the last move of the cursor changed is marked. */
export function BytesTable(props: Props): JSX.Element {
  const [format, setFormat] = createSignal<CellFormat>("hex");
  const state = props.state;
  createEffect(
    on([state.run, state.cursor, () => props.memory, () => props.offset], ([, , { kind, id }, offset]) =>
      state.read(kind, id, offset, bytesShown),
    ),
  );
  /** The latest bytes of this place, and those at the cycle before. */
  const shown = createMemo<{ readonly now: MemoryBytes | undefined; readonly before: MemoryBytes | undefined }>(
    (last) => {
      const now = state.bytes();
      if (now === undefined) return { now, before: undefined };
      if (last.now === undefined || !isSamePlace(now, last.now)) return { now, before: undefined };
      return now.cycle === last.now.cycle ? { now, before: last.before } : { now, before: last.now };
    },
    { now: undefined, before: undefined },
  );
  const rows = createMemo(() => {
    const { now, before } = shown();
    return now === undefined ? [] : cellRows(now.bytes, before?.bytes, now.offset, format());
  });
  const isAll = (): number => Math.max(props.memory.capacityBytes - bytesShown, 0);
  const go = (offset: number): void => {
    const whole = Number.isFinite(offset) ? Math.floor(offset / bytesPerRow) * bytesPerRow : 0;
    props.onOffset(Math.min(Math.max(whole, 0), Math.ceil(isAll() / bytesPerRow) * bytesPerRow));
  };
  return (
    <section class="bytes" aria-label="Contents at the cursor">
      <div class="controls">
        <label>
          Address{" "}
          <input
            class="address"
            value={hexText(props.memory.base + props.offset)}
            onChange={({ currentTarget }) => {
              const wanted = Number(currentTarget.value.trim());
              const isOffset = wanted < props.memory.base;
              go(isOffset ? wanted : wanted - props.memory.base);
              currentTarget.value = hexText(props.memory.base + props.offset);
            }}
          />
        </label>
        <span class="group">
          <button type="button" onClick={() => go(props.offset - bytesShown)} disabled={props.offset === 0}>
            Page up
          </button>
          <button type="button" onClick={() => go(props.offset + bytesShown)} disabled={props.offset >= isAll()}>
            Page down
          </button>
        </span>
        <label>
          as{" "}
          <select
            value={format()}
            onChange={({ currentTarget }) =>
              setFormat(cellFormats.find((each) => each === currentTarget.value) ?? "hex")
            }
          >
            <For each={cellFormats}>{(each) => <option value={each}>{each}</option>}</For>
          </select>
        </label>
        <Show when={shown().before}>
          {(before) => (
            <span class="faint">
              <span class="swatch changed" /> other than at cycle {grouped(before().cycle)}
            </span>
          )}
        </Show>
      </div>
      <table>
        <caption class="unseen">
          {props.memory.name} at cycle {grouped(shown().now?.cycle ?? 0)}
        </caption>
        <tbody>
          <For each={rows()}>
            {(row) => (
              <tr>
                <th scope="row">{hexText(props.memory.base + row.offset)}</th>
                <For each={row.cells}>{(cell) => <td classList={{ changed: cell.isChanged }}>{cell.text}</td>}</For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}

function isSamePlace(one: MemoryBytes, other: MemoryBytes): boolean {
  return (
    one.memory === other.memory &&
    one.id === other.id &&
    one.offset === other.offset &&
    one.bytes.length === other.bytes.length
  );
}
