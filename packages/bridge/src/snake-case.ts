const known = new Map<string, string>();
/** Names come from our own tables; the limit only makes that harmless where one does not. */
const mostKnown = 10_000;

/** A name as Python spells it: `tileM` is `tile_m`. Statistics of 65,536 components ask for the same few names. */
export function snakeCase(name: string): string {
  const before = known.get(name);
  if (before !== undefined) return before;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (known.size < mostKnown) known.set(name, snake);
  return snake;
}
