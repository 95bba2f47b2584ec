// AssemblyScript (not TypeScript): what the kernels of products have in common. Built by `npm run build:kernel`.

/** Columns of B in one packed panel. */
const PANEL: usize = 8;

/**
 * Lays a block of B, of elements of 32 bits, out in panels of eight columns (panel, k, column). The rows lie `stride` bytes apart. What a last,
 * narrower panel reads beyond its row only reaches columns of C that nobody reads.
 */
export function packWords(b: usize, stride: usize, packed: usize, depth: usize, panels: usize): void {
  let to = packed;
  for (let panel: usize = 0; panel < panels; panel++) {
    let from = b + ((panel * PANEL) << 2);
    const end = to + ((depth * PANEL) << 2);
    while (to < end) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += stride;
      to += PANEL << 2;
    }
  }
}
