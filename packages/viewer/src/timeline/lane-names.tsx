import { For, type JSX } from "solid-js";
import { laneHeight, rulerHeight } from "./draw.ts";
import type { Lane } from "./lanes.ts";
import type { TimeNavigation } from "./time-navigation.ts";

/** The names of the lanes that are seen: groups open and close, the others are pinned to the top. */
export function LaneNames(props: {
  readonly navigation: TimeNavigation;
  readonly lanes: readonly Lane[];
  /** Rows of the canvas that a lane takes. */
  readonly rowsOfLane: number;
  readonly pinned: ReadonlySet<string>;
  readonly onOpen: (id: string) => void;
  readonly onPin: (id: string) => void;
}): JSX.Element {
  const { navigation } = props;
  const firstSeen = (): number => Math.floor(navigation.firstLane() / props.rowsOfLane);
  const seen = () => props.lanes.slice(firstSeen(), Math.ceil(navigation.visibleRows().end / props.rowsOfLane));
  const hidden = (): number => (navigation.firstLane() - firstSeen() * props.rowsOfLane) * laneHeight;
  return (
    <div class="lane-names" style={{ "padding-top": `${rulerHeight}px` }}>
      <div style={{ transform: `translateY(${-hidden()}px)` }}>
        <For each={seen()}>
          {(lane) => (
            <div class="lane-name" style={{ height: `${laneHeight * props.rowsOfLane}px` }}>
              {lane.kind === "group" ? (
                <button type="button" class="group" aria-expanded={lane.isOpen} onClick={() => props.onOpen(lane.id)}>
                  {lane.isOpen ? "▾" : "▸"} {lane.title} ({lane.members.length})
                </button>
              ) : (
                <button
                  type="button"
                  aria-pressed={props.pinned.has(lane.id)}
                  title={props.pinned.has(lane.id) ? "Unpin" : "Pin to the top"}
                  onClick={() => props.onPin(lane.id)}
                >
                  {lane.title}
                </button>
              )}
            </div>
          )}
        </For>
      </div>
    </div>
  );
}
