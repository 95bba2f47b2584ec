import type { JSX } from "solid-js";

/** Outlines of the buttons' pictures in a square of 16, so that no font has to have them. */
const outlines: Readonly<Record<string, string>> = {
  start: "M3 3h2v10H3z M14 3v10L6 8z",
  "step-event-back": "M8 3v10L1 8z M15 3v10L8 8z",
  "step-back": "M12 3v10L4 8z",
  step: "M4 3v10l8-5z",
  "step-event": "M1 3v10l7-5z M8 3v10l7-5z",
  "next-idle": "M2 7h7V4l5 4-5 4V9H2z M14 3h1.5v10H14z",
  end: "M2 3v10l8-5z M11 3h2v10h-2z",
  follow: "M1 3v10l5-5z M6 3v10l5-5z M11 3v10l5-5z",
};

export function Icon(props: { readonly name: string }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={outlines[props.name] ?? ""} />
    </svg>
  );
}
