import type { JSX } from "solid-js";
import type { ArrayActivity } from "../engine/array-watch.ts";
import { grouped, percent } from "../shell/format.ts";
import { GridCanvas } from "./grid-canvas.tsx";

type Element = { readonly row: number; readonly col: number };

/** Share of the range's cycles in which an element multiplied. */
export function shareOf({ counts, begin, end }: ArrayActivity, place: number): number {
  return (counts[place] ?? 0) / Math.max(end - begin, 1);
}

/** How busy each element of an array was; the busiest has the full colour. */
export function HeatMap(props: {
  readonly activity: ArrayActivity;
  readonly picked: Element;
  readonly onPick: (element: Element) => void;
}): JSX.Element {
  const extremes = () => {
    const shares = Array.from(props.activity.counts, (_, place) => shareOf(props.activity, place));
    const sum = shares.reduce((so, share) => so + share, 0);
    const [least, most] = shares.reduce(
      ([low, high], share) => [Math.min(low, share), Math.max(high, share)],
      [Number.POSITIVE_INFINITY, 0],
    );
    return { least, most, mean: sum / Math.max(shares.length, 1) };
  };
  const cells = () => {
    const { activity } = props;
    const { most } = extremes();
    return (place: number, colours: { readonly busy: string }) => {
      const share = shareOf(activity, place);
      return {
        colour: colours.busy,
        alpha: most === 0 ? 0 : (0.9 * share) / most,
        lines: [percent(share)],
      };
    };
  };
  return (
    <figure class="heat-map">
      <GridCanvas
        rows={props.activity.rows}
        cols={props.activity.cols}
        height={240}
        label={`Utilization of ${props.activity.rows} x ${props.activity.cols} elements: ${percent(extremes().mean)} on average`}
        picked={props.picked}
        onPick={props.onPick}
        cells={cells}
      />
      <figcaption class="caption">
        Cycles {grouped(props.activity.begin)} to {grouped(props.activity.end)}: elements multiply in{" "}
        {percent(extremes().mean)} of them on average, from {percent(extremes().least)} to {percent(extremes().most)}{" "}
        (full colour).
      </figcaption>
    </figure>
  );
}
