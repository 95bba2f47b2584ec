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
