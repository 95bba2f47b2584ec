import { type Accessor, createSignal } from "solid-js";
import type { RunState } from "./run-state.ts";

/** The whole run passes in about so many seconds at speed 1. */
const secondsForARun = 12;
export const speeds: readonly number[] = [0.1, 0.25, 0.5, 1, 2, 4];

/** Moves the cursor by itself: playing the run, or following the simulation as fast as it goes. */
export class Playback {
  readonly #mode = createSignal<"still" | "playing" | "following">("still");
  readonly #speed = createSignal(1);
  readonly mode: Accessor<"still" | "playing" | "following"> = this.#mode[0];
  readonly speed: Accessor<number> = this.#speed[0];
  readonly #state: RunState;
  readonly #nextFrame: (frame: (ms: number) => void) => void;
  #before = 0;
  /** The cursor with fractions, as long as nobody else moves it. */
  #exact = 0;

  constructor(
    state: RunState,
    nextFrame: (frame: (ms: number) => void) => void = (frame) => requestAnimationFrame(frame),
  ) {
    this.#state = state;
    this.#nextFrame = nextFrame;
  }

  setSpeed(speed: number): void {
    this.#speed[1](speed);
  }

  /** Plays from the cursor on, from the start if it is at the end. */
  play(): void {
    const { cursor, latestCycle, isFinished } = this.#state;
    if (isFinished() && cursor() >= latestCycle()) this.#state.moveTo(0);
    this.#begin("playing");
  }

  /** Keeps the cursor at the last cycle that has been simulated. */
  follow(): void {
    this.#begin("following");
  }

  pause(): void {
    this.#mode[1]("still");
  }

  #begin(mode: "playing" | "following"): void {
    const isNew = this.mode() === "still";
    this.#mode[1](mode);
    this.#before = Number.NaN;
    this.#exact = this.#state.cursor();
    if (isNew) this.#nextFrame((ms) => this.#frame(ms));
  }

  #frame(ms: number): void {
    if (this.mode() === "still") return;
    const { cursor, latestCycle, isFinished } = this.#state;
    const elapsed = Number.isNaN(this.#before) ? 0 : ms - this.#before;
    this.#before = ms;
    if (this.mode() === "following") {
      this.#state.moveTo(latestCycle());
    } else {
      if (Math.round(this.#exact) !== cursor()) this.#exact = cursor();
      const perMs = Math.max(latestCycle(), 1) / (secondsForARun * 1000);
      this.#exact = Math.min(this.#exact + elapsed * perMs * this.speed(), latestCycle());
      this.#state.moveTo(this.#exact);
    }
    if (isFinished() && cursor() >= latestCycle()) this.pause();
    else this.#nextFrame((next) => this.#frame(next));
  }
}
