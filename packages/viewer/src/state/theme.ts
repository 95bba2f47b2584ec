import { type Accessor, createSignal } from "solid-js";

export type Theme = "light" | "dark";

/** Light or dark: as the system has it, until the user says otherwise. */
export class ThemeState {
  readonly #theme = createSignal<Theme>(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  readonly theme: Accessor<Theme> = this.#theme[0];

  constructor() {
    this.#apply();
  }

  toggle(): void {
    this.#theme[1](this.theme() === "dark" ? "light" : "dark");
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset["theme"] = this.theme();
  }
}
