import type { JSX } from "solid-js";
import type { RunState } from "./state/run-state.ts";

/** What every view gets. Views read the state's signals and change it by its methods; they hold no state of the run. */
export type ViewProps = { readonly state: RunState };

/** One tab of the page. */
export type View = {
  readonly id: string;
  readonly title: string;
  /** Key that shows it. */
  readonly key: string;
  readonly component: (props: ViewProps) => JSX.Element;
};
