const size = 624;
const middle = 397;

/** The random numbers of MT19937 (Matsumoto and Nishimura, 1998), which a seed of 32 bits begins. NumPy's legacy generator is this one. */
export class MersenneTwister {
  readonly #words = new Uint32Array(size);
  #next = size;

  constructor(seed: number) {
    const words = this.#words;
    words[0] = seed;
    for (let index = 1; index < size; index++) {
      const before = words[index - 1] ?? 0;
      words[index] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + index;
    }
  }

  /** The next 32 bits, as a number from 0. */
  next(): number {
    if (this.#next === size) this.#twist();
    let word = this.#words[this.#next++] ?? 0;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c_5680;
    word ^= (word << 15) & 0xefc6_0000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist(): void {
    const words = this.#words;
    for (let index = 0; index < size; index++) {
      const following = words[(index + 1) % size] ?? 0;
      const joined = ((words[index] ?? 0) & 0x8000_0000) | (following & 0x7fff_ffff);
      const odd = (joined & 1) === 0 ? 0 : 0x9908_b0df;
      words[index] = (words[(index + middle) % size] ?? 0) ^ (joined >>> 1) ^ odd;
    }
    this.#next = 0;
  }
}
