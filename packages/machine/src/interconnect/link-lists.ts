/** Where a list of ports stands in `LinkLists.ports`: from `first` up to, but without, `end`. */
export type LinkRange = { readonly first: number; readonly end: number };

const noLinks: LinkRange = { first: 0, end: 0 };

/**
 * The links that transfers pass on their ways, as lists of ports one after the other. A list is kept once however many transfers go that
 * way, and stays as long as the machine, so that equal places mean equal ways and a checkpoint needs nothing but the places.
 */
export class LinkLists {
  /** The ports of all lists. Another array when it has grown. */
  ports: Int32Array = new Int32Array(64);
  #used = 0;
  readonly #known = new Map<string, LinkRange>();

  /** The place of a list of ports, no two of which are the same. */
  placeOf(ports: readonly number[]): LinkRange {
    if (ports.length === 0) return noLinks;
    const name = ports.join(" ");
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const range = { first: this.#used, end: this.#used + ports.length };
    if (range.end > this.ports.length) {
      const larger = new Int32Array(Math.max(range.end, 2 * this.ports.length));
      larger.set(this.ports);
      this.ports = larger;
    }
    this.ports.set(ports, range.first);
    this.#used = range.end;
    this.#known.set(name, range);
    return range;
  }
}
