import type { Figures, Statistics, TraceOrigin } from "kpu-sim";
import { createMemo, For, Index, type JSX, Show } from "solid-js";
import { byteText, grouped, percent } from "../shell/format.ts";
import type { ViewProps } from "../views.ts";
import { type Activity, levelLoad, type Moment, momentOf, workText } from "./activity.ts";
import { FlowLine } from "./flow-line.tsx";
import "./hierarchy.css";
import { diagramOf, type Place, type Row } from "./places.ts";

/** Lines of text about units below the diagram; more are counted. */
const mostLines = 24;

/** The machine at the cursor: its memories with the units between them, what moves, and who waits for what. */
export function HierarchyView(props: Pick<ViewProps, "state">): JSX.Element {
  const origin = (): TraceOrigin | undefined => props.state.run()?.description.origin;
  const diagram = createMemo(() => {
    const known = origin();
    return known === undefined ? undefined : diagramOf(known);
  });
  const machine = createMemo(() => {
    const [run, laidOut] = [props.state.run(), diagram()];
    if (run === undefined || laidOut === undefined) return undefined;
    props.state.traceVersion();
    const { origin: known } = run.description;
    return {
      origin: known,
      diagram: laidOut,
      moment: momentOf(run.trace, known, laidOut, props.state.cursor()),
      statistics: props.state.statistics(),
    };
  });
  return (
    <Show when={machine()}>
      {(shown) => (
        <>
          <svg
            class="hierarchy"
            viewBox={`0 0 ${shown().diagram.width} ${shown().diagram.height}`}
            role="img"
            aria-label={`The machine at cycle ${props.state.cursor()}: ${summary(shown().moment)}`}
          >
            <For each={shown().diagram.rows}>{(row) => <Rail row={row} />}</For>
            <Index each={shown().moment.flows}>
              {(flow) => <FlowLine flow={flow()} cycle={props.state.cursor()} />}
            </Index>
            <For each={shown().diagram.rows}>{(row) => <RowOf row={row} {...shown()} />}</For>
          </svg>
          <ActivityList origin={shown().origin} moment={shown().moment} cycle={props.state.cursor()} />
        </>
      )}
    </Show>
  );
}

type RowProps = {
  readonly row: Row;
  readonly origin: TraceOrigin;
  readonly moment: Moment;
  readonly statistics: Statistics | undefined;
};

/** A line behind the boxes of a class, so that one sees what belongs together. */
function Rail(props: { readonly row: Row }): JSX.Element {
  const y = (): number => props.row.y + props.row.height / 2;
  return <line class="rail" x1="120" x2="596" y1={y()} y2={y()} />;
}

function RowOf(props: RowProps): JSX.Element {
  const sizes = (): string => {
    const capacities = props.row.places.flatMap(({ members }) =>
      members.map((member) => props.origin.memories[member]?.capacityBytes ?? 0),
    );
    const [least, most] = [Math.min(...capacities), Math.max(...capacities)];
    return least === most ? byteText(least) : `${byteText(least)} to ${byteText(most)}`;
  };
  const isMemory = (): boolean => props.row.places[0]?.isMemory ?? false;
  const load = (): { readonly now: number; readonly most: number } => {
    const { kind } = props.row;
    if (kind === "dma" || kind === "blockMover" || kind === "streamer" || kind === "tile" || kind === "vector") {
      return { now: 0, most: 0 };
    }
    return levelLoad(props.origin, props.moment, kind);
  };
  return (
    <g>
      <text class="row-title" x="4" y={props.row.y + 14}>
        {props.row.title}
      </text>
      <text class="row-detail" x="4" y={props.row.y + 27}>
        {isMemory()
          ? `${props.row.count} × ${sizes()}`
          : `${busyCount(props.row, props.moment)} of ${props.row.count} busy`}
      </text>
      <Show when={isMemory()}>
        <text class="row-detail" x="4" y={props.row.y + 40}>
          {rateText(load().now)} of {grouped(load().most)} B/cycle
        </text>
      </Show>
      <For each={props.row.places}>
        {(place) => (
          <Show when={place.isMemory} fallback={<UnitBox place={place} {...props} />}>
            <MemoryBox place={place} {...props} />
          </Show>
        )}
      </For>
    </g>
  );
}

type BoxProps = RowProps & { readonly place: Place };

function MemoryBox(props: BoxProps): JSX.Element {
  const load = (): number => {
    let [now, most] = [0, 0];
    for (const region of props.place.members) {
      now += props.moment.portBytesPerCycle[region] ?? 0;
      most += props.origin.memories[region]?.bytesPerCycle ?? 0;
    }
    return most === 0 ? 0 : Math.min(now / most, 1);
  };
  const barWidth = (): number => props.place.width - 12;
  const { place } = props;
  return (
    <g class="memory-box" classList={{ active: load() > 0 }}>
      <rect x={place.x} y={place.y} width={place.width} height={place.height} rx="5" />
      <text x={place.x + place.width / 2} y={place.y + 19}>
        {place.short}
        <Show when={place.members.length > 1}> (×{place.members.length})</Show>
      </text>
      <rect class="bar" x={place.x + 6} y={place.y + place.height - 12} width={barWidth()} height="5" rx="2.5" />
      <rect
        class="load"
        x={place.x + 6}
        y={place.y + place.height - 12}
        width={barWidth() * load()}
        height="5"
        rx="2.5"
      />
      <title>{memoryText(props, load())}</title>
    </g>
  );
}

function UnitBox(props: BoxProps): JSX.Element {
  const shares = () => props.moment.sharesOf(props.place);
  const part = (name: "busy" | "data" | "space", from: number): JSX.Element => (
    <rect
      class={`share ${name}`}
      x={place.x + place.width * from}
      y={place.y}
      width={place.width * shares()[name]}
      height={place.height}
    />
  );
  const { place } = props;
  return (
    <g class="unit-box" classList={{ active: shares().busy > 0, waiting: shares().data + shares().space > 0 }}>
      <rect x={place.x} y={place.y} width={place.width} height={place.height} rx={place.height / 2} />
      <g style={{ "clip-path": `inset(0 round ${place.height / 2}px)` }}>
        {part("busy", 0)}
        {part("data", shares().busy)}
        {part("space", shares().busy + shares().data)}
      </g>
      <text x={place.x + place.width / 2} y={place.y + place.height / 2 + 4}>
        {place.short}
        <Show when={place.members.length > 1}> (×{place.members.length})</Show>
      </text>
      <title>{unitText(props)}</title>
    </g>
  );
}

/** What the units do in words: for those who cannot see the picture, and for reasons, which colours only hint at. */
function ActivityList(props: {
  readonly origin: TraceOrigin;
  readonly moment: Moment;
  readonly cycle: number;
}): JSX.Element {
  const lines = () => props.moment.activities.slice(0, mostLines);
  const more = () => props.moment.activities.length - lines().length;
  return (
    <div class="activities">
      <p class="key-line" aria-hidden="true">
        <span class="swatch busy" /> busy <span class="swatch data" /> waits for data <span class="swatch space" />{" "}
        waits for space <span class="swatch load" /> load of a port
      </p>
      <h2>
        At cycle {grouped(props.cycle)}: {summary(props.moment)}
      </h2>
      <ul>
        <Index each={lines()}>
          {(activity) => (
            <li class={stateOf(activity())}>
              <b>{props.origin.units[activity().unit]?.name}</b> {activityText(props.origin, activity())}
            </li>
          )}
        </Index>
        <Show when={more() > 0}>
          <li>and {more()} more</li>
        </Show>
      </ul>
    </div>
  );
}

function stateOf({ isWaiting, cause }: Activity): "busy" | "data" | "space" {
  if (!isWaiting) return "busy";
  return cause === "space" ? "space" : "data";
}

function activityText(origin: TraceOrigin, activity: Activity): string {
  const { begin, end, waitsFrom, isSlowedByPorts } = activity;
  const work = workText(origin, activity);
  if (activity.isWaiting) {
    return `waits for ${activity.cause} from cycle ${grouped(waitsFrom)} to ${grouped(begin)}, then: ${work}`;
  }
  return `${work}, cycle ${grouped(begin)} to ${grouped(end)}${isSlowedByPorts ? ", slowed by others at its ports" : ""}`;
}

function summary({ activities }: Moment): string {
  const waiting = activities.filter(({ isWaiting }) => isWaiting);
  const forSpace = waiting.filter(({ cause }) => cause === "space").length;
  const busy = activities.length - waiting.length;
  if (activities.length === 0) return "nothing works";
  const parts = [`${busy} busy`];
  if (waiting.length > forSpace) parts.push(`${waiting.length - forSpace} waiting for data`);
  if (forSpace > 0) parts.push(`${forSpace} waiting for space`);
  return parts.join(", ");
}

function busyCount({ places }: Row, moment: Moment): number {
  return places.reduce((sum, place) => sum + Math.round(moment.sharesOf(place).busy * place.members.length), 0);
}

function memoryText({ place, origin, statistics }: BoxProps, load: number): string {
  const [region] = place.members;
  const memory = region === undefined ? undefined : origin.memories[region];
  const lines = [`${place.label}: ${percent(load)} of the port in use`];
  if (memory !== undefined && place.members.length === 1) {
    lines.push(`${byteText(memory.capacityBytes)} from 0x${memory.base.toString(16)}`);
    const figures = statistics?.[memory.kind][memory.id];
    if (figures !== undefined) {
      lines.push(
        `so far ${byteText(figures["bytesRead"] ?? 0)} read, ${byteText(figures["bytesWritten"] ?? 0)} written, port ` +
          `${percent(figures["portUtilization"] ?? 0)}`,
      );
    }
  }
  return lines.join("\n");
}

function unitText({ place, origin, moment, statistics }: BoxProps): string {
  const lines = [place.label];
  const own = moment.activities.filter(({ unit }) => place.members.includes(unit));
  for (const activity of own.slice(0, 4)) {
    lines.push(`${origin.units[activity.unit]?.name} ${activityText(origin, activity)}`);
  }
  if (own.length > 4) lines.push(`and ${own.length - 4} more`);
  if (own.length === 0) lines.push("idle");
  const [unit] = place.members;
  const known = unit === undefined ? undefined : origin.units[unit];
  const figures: Figures | undefined =
    known === undefined || place.members.length > 1 ? undefined : statistics?.[known.kind][known.id];
  if (figures !== undefined) {
    lines.push(
      `so far ${percent(figures["utilization"] ?? 0)} busy; waited ${grouped(figures["waitingForDataCycles"] ?? 0)} cycles for data, ` +
        `${grouped(figures["waitingForSpaceCycles"] ?? 0)} for space`,
    );
  }
  return lines.join("\n");
}

function rateText(bytesPerCycle: number): string {
  return bytesPerCycle === 0 || bytesPerCycle >= 100 ? bytesPerCycle.toFixed(0) : bytesPerCycle.toFixed(1);
}
