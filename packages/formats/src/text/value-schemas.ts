import * as v from "valibot";

/** A whole number of something, with what a message and the published schema say of it. */
export function whole(
  unit: string,
  doc: string,
  most: number = Number.MAX_SAFE_INTEGER,
  least = 0,
): v.GenericSchema<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  const message = `must be a whole number ${range}${unit === "" ? "" : ` (${unit})`}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(least, message),
    v.maxValue(most, message),
    v.description(doc),
    v.metadata({ unit }),
  );
}

/** A number above 0, or from 0 on. */
export function rate(unit: string, doc: string, isZeroAllowed = false): v.GenericSchema<number> {
  const message = `must be a number ${isZeroAllowed ? "from 0" : "above 0"} (${unit})`;
  const number = v.number(message);
  const [description, metadata] = [v.description<number, string>(doc), v.metadata<number, { unit: string }>({ unit })];
  return isZeroAllowed
    ? v.pipe(number, v.minValue(0, message), description, metadata)
    : v.pipe(number, v.gtValue(0, message), description, metadata);
}

/** Text of the file that says what it is about. */
export const shortText: v.GenericSchema<string> = v.pipe(
  v.string("must be text"),
  v.maxLength(10_000, "must be text of at most 10000 characters"),
);
