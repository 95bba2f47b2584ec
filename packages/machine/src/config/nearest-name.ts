/**
 * The candidate that a mistyped name most likely stands for; undefined where more than half of it would have to change. Names that begin alike
 * are nearer than their edits say: `dma_engines` is `dma_engine_count`.
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const [a, b] = [name.toLowerCase(), candidate.toLowerCase()];
    const edits = editDistance(a, b);
    if (edits > Math.max(name.length, candidate.length) / 2) continue;
    const distance = edits - commonStart(a, b) / 2;
    if (distance >= least) continue;
    [nearest, least] = [candidate, distance];
  }
  return nearest;
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** What a message says of a name that there is not: which is nearest, or nothing where none is near. */
export function nearestHint(name: string, candidates: readonly string[]): string {
  const nearest = nearestName(name.slice(0, mostCompared), candidates);
  return nearest === undefined ? "" : `; the nearest is '${nearest}'`;
}

/** Characters of a name that are compared: it may be megabytes long. */
const mostCompared = 64;

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
