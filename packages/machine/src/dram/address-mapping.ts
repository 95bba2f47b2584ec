import { KpuError } from "../errors.ts";
import type { DramPart } from "./dram-part.ts";

/**
 * Orders of the parts of an address, the most significant first: row, channel, rank, bank, bank group, column (a burst of a row).
 * The first lets bursts in a row go round channels and bank groups, so that neither tCCD_L nor one channel holds up a stream.
 */
export const addressMappings = [
  "robaracobgch",
  "rochrababgco",
  "rorabgbachco",
  "rorababgchco",
  "rochrabacobg",
  "chrorababgco",
] as const;

const fieldNames = ["ro", "ch", "ra", "ba", "bg", "co"] as const;
type FieldName = (typeof fieldNames)[number];

type BitField = { readonly divisor: number; readonly mask: number };

/** Where in which channel the bursts of a memory lie. */
export class AddressMapping {
  readonly #fields: Readonly<Record<FieldName, BitField>>;
  readonly #burstBytes: number;
  readonly #bankGroups: number;
  readonly #banksPerGroup: number;

  /** `channels`: a power of two. Errors: KPU_CONFIG for an order that does not name each of ro, ch, ra, ba, bg, co once. */
  constructor(part: DramPart, channels: number, order: string) {
    const counts: Record<FieldName, number> = {
      ro: part.rows,
      ch: channels,
      ra: part.ranks,
      ba: part.banksPerGroup,
      bg: part.bankGroups,
      co: part.rowBytes / part.burstBytes,
    };
    const fields: Partial<Record<FieldName, BitField>> = {};
    let divisor = 1;
    for (const name of namesOf(order).toReversed()) {
      fields[name] = { divisor, mask: counts[name] - 1 };
      divisor *= counts[name];
    }
    const of = (name: FieldName): BitField => fields[name] ?? { divisor: 1, mask: 0 };
    this.#fields = { ro: of("ro"), ch: of("ch"), ra: of("ra"), ba: of("ba"), bg: of("bg"), co: of("co") };
    this.#burstBytes = part.burstBytes;
    this.#bankGroups = part.bankGroups;
    this.#banksPerGroup = part.banksPerGroup;
  }

  /** Number of the burst that has the byte at an offset. */
  burstOf(offset: number): number {
    return Math.floor(offset / this.#burstBytes);
  }

  channelOf(burst: number): number {
    return fieldOf(this.#fields.ch, burst);
  }

  /** Number of the bank in its channel: rank, bank group and bank in this order. */
  bankOf(burst: number): number {
    const { ra, bg, ba } = this.#fields;
    return (fieldOf(ra, burst) * this.#bankGroups + fieldOf(bg, burst)) * this.#banksPerGroup + fieldOf(ba, burst);
  }

  rowOf(burst: number): number {
    return fieldOf(this.#fields.ro, burst);
  }

  columnOf(burst: number): number {
    return fieldOf(this.#fields.co, burst);
  }
}

function fieldOf({ divisor, mask }: BitField, burst: number): number {
  return Math.floor(burst / divisor) & mask;
}

function namesOf(order: string): readonly FieldName[] {
  const given = order.match(/../g) ?? [];
  const names = given.flatMap((text) => fieldNames.find((name) => name === text) ?? []);
  if (order.length === 12 && new Set(names).size === fieldNames.length) return names;
  throw new KpuError(
    "KPU_CONFIG",
    `DRAM address mapping '${order}' must name each of ${fieldNames.join(", ")} once, the most significant first, as in '${addressMappings[0]}'`,
    { reason: "value" },
  );
}
