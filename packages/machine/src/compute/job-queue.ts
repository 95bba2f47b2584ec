/** Finished jobs that a queue may hold before they are cut off. */
const mostFinished = 1024;

/** First come, first served; the first job is the running one, or else the next. */
export class JobQueue<Job> {
  #jobs: Job[];
  /** Jobs before this place are finished. */
  #first = 0;

  constructor(jobs: readonly Job[] = []) {
    this.#jobs = [...jobs];
  }

  add(job: Job): void {
    this.#jobs.push(job);
  }

  get first(): Job | undefined {
    return this.#jobs[this.#first];
  }

  removeFirst(): void {
    this.#first++;
    if (this.#first < mostFinished && this.#first < this.#jobs.length) return;
    this.#jobs.splice(0, this.#first);
    this.#first = 0;
  }

  /** The jobs that are not finished, in order. */
  get jobs(): readonly Job[] {
    return this.#jobs.slice(this.#first);
  }
}
