import { createSignal, For, type JSX, Show } from "solid-js";
import type { ViewProps } from "../views.ts";
import "./validation.css";
import { notValidated, sections } from "./validation-rows.json";
import { figureText, judged, type Row, standings, summary } from "./validation-rows.ts";

/** Published figures beside the simulator's, as the tests of this version have found them; docs/validation.md has the same rows. */
export function ValidationView(_: ViewProps): JSX.Element {
  const [onlyInexact, setOnlyInexact] = createSignal(false);
  const all = sections.flatMap(({ rows }): readonly Row[] => rows);
  const rowsOf = (rows: readonly Row[]): readonly Row[] =>
    onlyInexact() ? rows.filter((row) => judged(row) !== "exact") : rows;
  return (
    <article class="validation">
      <p>{summary(all)}</p>
      <label>
        <input
          type="checkbox"
          checked={onlyInexact()}
          onChange={({ currentTarget }) => setOnlyInexact(currentTarget.checked)}
        />
        Only those that differ
      </label>
      <For each={sections}>
        {({ title, note, rows }) => (
          <Show when={rowsOf(rows).length > 0}>
            <details open={onlyInexact()}>
              <summary>
                {title} ({rowsOf(rows).length})
              </summary>
              <p>{note}</p>
              <section class="wide" tabindex="0" aria-label={title}>
                <table>
                  <thead>
                    <tr>
                      <For each={["figure", "published", "ours", "unit", "error", "source"]}>
                        {(name) => <th scope="col">{name}</th>}
                      </For>
                    </tr>
                  </thead>
                  <tbody>
                    <For each={rowsOf(rows)}>{(row) => <FigureRow row={row} />}</For>
                  </tbody>
                </table>
              </section>
            </details>
          </Show>
        )}
      </For>
      <h2>Not validated</h2>
      <dl>
        <For each={notValidated}>
          {({ what, why }) => (
            <>
              <dt>{what}</dt>
              <dd>{why}</dd>
            </>
          )}
        </For>
      </dl>
    </article>
  );
}

function FigureRow(props: { readonly row: Row }): JSX.Element {
  const shown = () => figureText(props.row);
  return (
    <tr title={`${standings[judged(props.row)]} ${props.row.command}`}>
      <th scope="row">{props.row.quantity}</th>
      <td class="number">{shown().published}</td>
      <td class="number">{shown().ours}</td>
      <td>{props.row.unit}</td>
      <td class="number">{shown().error}</td>
      <td class="source">{props.row.source}</td>
    </tr>
  );
}
