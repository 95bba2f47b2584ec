/** The cycles that the timeline shows, from left to right, and how wide that is in pixels. */
export type TimeWindow = {
  readonly begin: number;
  readonly end: number;
  readonly width: number;
};

/** No closer than so many cycles over the whole width. */
const leastCycles = 8;

export function cyclesPerPixel({ begin, end, width }: TimeWindow): number {
  return (end - begin) / width;
}

export function pixelOf(window: TimeWindow, cycle: number): number {
  return ((cycle - window.begin) / (window.end - window.begin)) * window.width;
}

export function cycleAt(window: TimeWindow, pixel: number): number {
  return window.begin + (pixel / window.width) * (window.end - window.begin);
}

/** Everything from 0 to the last cycle, with a little room at the right. */
export function wholeRun(lastCycle: number, width: number): TimeWindow {
  return { begin: 0, end: Math.max(lastCycle * 1.01, leastCycles), width };
}

/** Nearer (below 1) or farther (above 1); the cycle at `pixel` stays where it is. */
export function zoomed(window: TimeWindow, factor: number, pixel: number, lastCycle: number): TimeWindow {
  const at = cycleAt(window, pixel);
  const most = wholeRun(lastCycle, window.width).end;
  const span = Math.min(Math.max((window.end - window.begin) * factor, leastCycles), most);
  const begin = at - (pixel / window.width) * span;
  return within({ ...window, begin, end: begin + span }, most);
}

export function panned(window: TimeWindow, pixels: number, lastCycle: number): TimeWindow {
  const cycles = pixels * cyclesPerPixel(window);
  const moved = { ...window, begin: window.begin + cycles, end: window.end + cycles };
  return within(moved, wholeRun(lastCycle, window.width).end);
}

/** A window that shows a range with some room on both sides. */
export function framed(begin: number, end: number, window: TimeWindow, lastCycle: number): TimeWindow {
  const room = Math.max((end - begin) * 0.1, leastCycles / 2);
  return within({ ...window, begin: begin - room, end: end + room }, wholeRun(lastCycle, window.width).end);
}

/** The window moved so that it does not leave the run. */
function within(window: TimeWindow, most: number): TimeWindow {
  const span = Math.min(window.end - window.begin, most);
  const begin = Math.min(Math.max(window.begin, 0), most - span);
  return { ...window, begin, end: begin + span };
}

/** Distance of the marks on the ruler: 1, 2 or 5 times a power of ten, at least so many pixels apart. */
export function markDistance(window: TimeWindow, pixels: number): number {
  const least = cyclesPerPixel(window) * pixels;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least) ?? 10;
  return Math.max(factor * power, 1);
}
