/**
 * The state of a machine as a list of numbers in which times count from the present cycle and sequence numbers from the next one:
 * equal lists mean that what follows is the same, only later. Objects stand in it as numbers that are theirs for good.
 */
export class StateVector {
  #numbers = new Float64Array(256);
  #length = 0;
  #cycle = 0;
  #nextSequence = 0;
  #knownCallback: (() => void) | undefined;
  #hasUnknownCallbacks = false;
  readonly #identities = new WeakMap<object, number>();
  #identityCount = 0;

  /** Empties the list; times and sequence numbers count from these from now on. */
  begin(cycle: number, nextSequence: number, knownCallback: () => void): void {
    this.#length = 0;
    this.#cycle = cycle;
    this.#nextSequence = nextSequence;
    this.#knownCallback = knownCallback;
    this.#hasUnknownCallbacks = false;
  }

  /** Whether work calls back somebody else than was named at the beginning, of whom nothing is known. */
  get hasUnknownCallbacks(): boolean {
    return this.#hasUnknownCallbacks;
  }

  add(number: number): void {
    if (this.#length === this.#numbers.length) this.#grow();
    this.#numbers[this.#length++] = number;
  }

  addTime(cycle: number): void {
    this.add(cycle - this.#cycle);
  }

  addSequence(sequence: number): void {
    this.add(sequence - this.#nextSequence);
  }

  addIdentity(object: object | undefined): void {
    this.add(object === undefined ? 0 : this.#identityOf(object));
  }

  addCallback(callback: (() => void) | undefined): void {
    this.add(callback === undefined ? 0 : 1);
    if (callback !== undefined && callback !== this.#knownCallback) this.#hasUnknownCallbacks = true;
  }

  /** A copy of the list. */
  take(): Float64Array {
    return this.#numbers.slice(0, this.#length);
  }

  #identityOf(object: object): number {
    const known = this.#identities.get(object);
    if (known !== undefined) return known;
    this.#identities.set(object, ++this.#identityCount);
    return this.#identityCount;
  }

  #grow(): void {
    const larger = new Float64Array(this.#numbers.length * 2);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
