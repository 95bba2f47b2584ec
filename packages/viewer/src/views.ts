import type { JSX } from "solid-js";
import type { RunState } from "./state/run-state.ts";

/** What every view gets. Views read the state's signals and change it by its methods; they hold no state of the run. */
export type ViewProps = {
  readonly state: RunState;
  /** Goes to another view. */
  readonly show: (view: ViewId) => void;
};

/** Names of the views, as in the address of the page. */
type ViewId = "timeline" | "memory" | "what-if" | "statistics" | "roofline" | "array" | "compare" | "validation";

/** One tab of the page. */
export type View = {
  readonly id: ViewId;
  readonly title: string;
  /** Key that shows it. */
  readonly key: string;
  readonly component: (props: ViewProps) => JSX.Element;
};
