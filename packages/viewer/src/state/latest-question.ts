/** Asks one question at a time: while an answer is awaited, only the latest question is kept. */
export class LatestQuestion {
  #isAsked = false;
  #next: (() => void) | undefined;

  ask(post: () => void): void {
    if (this.#isAsked) {
      this.#next = post;
      return;
    }
    this.#isAsked = true;
    post();
  }

  /** The answer has come: asks what has been kept. */
  answered(): void {
    this.#isAsked = false;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.ask(next);
  }

  /** No answer will come, and what was kept is not wanted any more. */
  forget(): void {
    this.#isAsked = false;
    this.#next = undefined;
  }
}
