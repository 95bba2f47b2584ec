import type { JSX } from "solid-js";
import { grouped } from "../shell/format.ts";
import type { TraceStore } from "../state/trace-store.ts";
import type { ProductAt } from "./product-at.ts";

/** Chooses among the products of a tile, and a cycle of the one that is shown; both move the page's cursor. */
export function ProductSteps(props: {
  readonly at: ProductAt;
  readonly events: Uint32Array;
  readonly trace: TraceStore;
  readonly onMove: (event: number, cycle: number) => void;
}): JSX.Element {
  const go = (place: number): void => {
    const event = props.events[Math.min(Math.max(place, 0), props.at.count - 1)];
    if (event !== undefined) props.onMove(event, props.trace.columns.begin[event] ?? 0);
  };
  const goTo = (cycle: number): void => {
    const { event, begin, end } = props.at;
    props.onMove(event, Math.min(Math.max(begin + cycle, begin), end));
  };
  const button = (sign: string, name: string, run: () => void): JSX.Element => (
    <button type="button" aria-label={name} title={name} onClick={run}>
      {sign}
    </button>
  );
  return (
    <div class="controls">
      <span class="group">
        {button("‹", "The product before", () => go(props.at.place - 1))}
        {button("›", "The product after", () => go(props.at.place + 1))}
      </span>
      <label>
        Product{" "}
        <input
          type="number"
          min="1"
          max={props.at.count}
          value={props.at.place + 1}
          onChange={({ currentTarget }) => go(Math.trunc(Number(currentTarget.value) || 1) - 1)}
        />{" "}
        of {grouped(props.at.count)}
      </label>
      <span class="group">
        {button("−", "One cycle of the product back", () => goTo(props.at.cycle - 1))}
        {button("+", "One cycle of the product on", () => goTo(props.at.cycle + 1))}
      </span>
      <label class="scrub-product">
        Cycle{" "}
        <input
          type="range"
          min="0"
          max={props.at.end - props.at.begin}
          value={props.at.cycle}
          onInput={({ currentTarget }) => goTo(Number(currentTarget.value))}
        />
      </label>
      <output>
        {grouped(props.at.cycle)} of {grouped(props.at.end - props.at.begin)}, from cycle {grouped(props.at.begin)} to{" "}
        {grouped(props.at.end)} of the run
      </output>
    </div>
  );
}
