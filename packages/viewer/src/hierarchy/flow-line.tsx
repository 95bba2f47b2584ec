import type { JSX } from "solid-js";
import { type Flow, flowWidth } from "./activity.ts";
import type { Place } from "./places.ts";

/** Bytes on their way, from the source's box through the unit's to the destination's. Dashes move with the cycles. */
export function FlowLine(props: { readonly flow: Flow; readonly cycle: number }): JSX.Element {
  const path = (): string => pathOf(props.flow);
  const width = (): number => flowWidth(props.flow.bytesPerCycle);
  return (
    <g class={`flow ${props.flow.through.kind}`}>
      <path d={path()} stroke-width={width()} />
      <path class="dashes" d={path()} stroke-width={Math.max(width() / 3, 1)} stroke-dashoffset={-(props.cycle % 16)} />
      <title>
        {props.flow.through.label}: {props.flow.bytesPerCycle.toFixed(1)} B/cycle
      </title>
    </g>
  );
}

function pathOf({ from, through, to }: Flow): string {
  return `${half(from, through)} ${half(through, to)}`;
}

/** From the side of a box that faces the other one to the side of that one. */
function half(from: Place, to: Place): string {
  const [x1, x2] = [from.x + from.width / 2, to.x + to.width / 2];
  const isDown = to.y > from.y;
  const y1 = isDown ? from.y + from.height : from.y;
  const y2 = isDown ? to.y : to.y + to.height;
  const bend = (y2 - y1) / 2;
  return `M ${x1} ${y1} C ${x1} ${y1 + bend}, ${x2} ${y2 - bend}, ${x2} ${y2}`;
}
