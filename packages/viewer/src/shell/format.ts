/** A number with thin spaces between thousands. */
export function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

export function byteText(bytes: number): string {
  let value = bytes;
  for (const unit of ["B", "KB", "MB", "GB"]) {
    if (value < 1024) return `${Number(value.toPrecision(4))} ${unit}`;
    value /= 1024;
  }
  return `${Number(value.toPrecision(4))} TB`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

export function hexText(address: number): string {
  return `0x${address.toString(16)}`;
}

/** Five digits, with an exponent where the number would be long. */
export function floatText(value: number): string {
  if (!Number.isFinite(value) || value === 0) return Object.is(value, -0) ? "-0" : `${value}`;
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(3) : `${Number(value.toPrecision(5))}`;
}
