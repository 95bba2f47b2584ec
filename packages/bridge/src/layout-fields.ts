import { KpuError } from "@kpu-sim/machine";
import { isJsonObject, type JsonObject } from "./json-object.ts";

/**
 * Reads the fields of a layout out of JSON: right types, nothing missing, nothing unknown. Whether the numbers make sense together
 * is the machine's to check.
 */
export class LayoutFields {
  readonly #given: JsonObject;
  readonly #what: string;
  readonly #read = new Set<string>();

  /** `what` names the object in messages. */
  constructor(given: JsonObject, what: string) {
    this.#given = given;
    this.#what = what;
  }

  whole(name: string): number {
    return wholeNumber(this.#take(name), this.#named(name));
  }

  optionalWhole(name: string): number | undefined {
    return Object.hasOwn(this.#given, name) ? this.whole(name) : undefined;
  }

  wholes(name: string): readonly number[] {
    const list = this.#take(name);
    if (!Array.isArray(list)) throw typeError(`${this.#named(name)} must be a list of whole numbers`);
    return list.map((value: unknown, place) => wholeNumber(value, `${name}[${place}] of ${this.#what}`));
  }

  optionalWholes(name: string): readonly number[] | undefined {
    return Object.hasOwn(this.#given, name) ? this.wholes(name) : undefined;
  }

  object(name: string): LayoutFields {
    const value = this.#take(name);
    if (isJsonObject(value)) return new LayoutFields(value, `${name} of ${this.#what}`);
    throw typeError(`${this.#named(name)} must be an object`);
  }

  optionalObject(name: string): LayoutFields | undefined {
    return Object.hasOwn(this.#given, name) ? this.object(name) : undefined;
  }

  /** Refuses fields that nobody has read: a misspelt stride must not mean the default. */
  requireAllRead(): void {
    const unknown = Object.keys(this.#given).filter((name) => !this.#read.has(name));
    if (unknown.length === 0) return;
    throw new KpuError("KPU_ARGUMENT", `${this.#what} has no field '${unknown.join("', '")}'`);
  }

  #take(name: string): unknown {
    this.#read.add(name);
    if (Object.hasOwn(this.#given, name)) return this.#given[name];
    throw new KpuError("KPU_ARGUMENT", `${this.#named(name)} is missing`);
  }

  #named(name: string): string {
    return `${name} of ${this.#what}`;
  }
}

function wholeNumber(value: unknown, what: string): number {
  if (typeof value !== "number") throw typeError(`${what} must be a whole number`);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new KpuError("KPU_GEOMETRY", `${what} must be a whole number from 0 to 2^53 - 1, got ${value}`);
}

function typeError(message: string): KpuError {
  return new KpuError("KPU_TYPE", message);
}
