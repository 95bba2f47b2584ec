import { For, type JSX, Show } from "solid-js";
import { laneHeight, rulerHeight } from "./draw.ts";
import type { Lane } from "./lanes.ts";
import type { TimeNavigation } from "./time-navigation.ts";

/** The names of the lanes that are seen: groups open and close, the others are pinned to the top. */
export function LaneNames(props: {
  readonly navigation: TimeNavigation;
  readonly lanes: readonly Lane[];
  /** Rows of the canvas that a lane takes. */
  readonly rowsOfLane: number;
  readonly onOpen: (id: string) => void;
  /** Without it lanes cannot be pinned. */
  readonly pinning?: { readonly pinned: ReadonlySet<string>; readonly onPin: (id: string) => void };
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
                <Show when={props.pinning} fallback={<span class="lane-title">{lane.title}</span>}>
                  {(pinning) => (
                    <button
                      type="button"
                      aria-pressed={pinning().pinned.has(lane.id)}
                      title={pinning().pinned.has(lane.id) ? "Unpin" : "Pin to the top"}
                      onClick={() => pinning().onPin(lane.id)}
                    >
                      {lane.title}
                    </button>
                  )}
                </Show>
              )}
            </div>
          )}
        </For>
      </div>
    </div>
  );
}
