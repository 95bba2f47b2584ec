import { createEffect, type JSX } from "solid-js";

/** A dialog above the page for as long as it is said to be open; Escape asks for it to be closed. */
export function ModalDialog(props: {
  readonly class: string;
  readonly label: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: JSX.Element;
}): JSX.Element {
  let dialog: HTMLDialogElement | undefined;
  createEffect(() => {
    if (props.isOpen) dialog?.showModal();
    else dialog?.close();
  });
  return (
    <dialog
      class={props.class}
      aria-label={props.label}
      ref={(element) => {
        dialog = element;
      }}
      onClose={() => {
        // The event comes late: by then this or another dialog may have been opened.
        if (props.isOpen && !dialog?.open) props.onClose();
      }}
      onKeyDown={({ key }) => {
        if (key === "Escape") props.onClose();
      }}
    >
      {props.children}
    </dialog>
  );
}
