const mostShown = 60;

/** The beginning of a text that may be megabytes long. */
export function shortened(text: string): string {
  return text.length > mostShown ? `${text.slice(0, mostShown)}...` : text;
}

/** A text of a file as messages show it: in quotes, on one line, not too long. */
export function quoted(text: string): string {
  return `'${JSON.stringify(shortened(text)).slice(1, -1).replaceAll('\\"', '"')}'`;
}
