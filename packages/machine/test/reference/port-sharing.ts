/** A transfer in its beat phase, as the ports see it. Amounts are in parts of a byte (widths.ts). */
export interface PortUser {
  /** Which transfer this is; two transfers of one engine differ here. */
  readonly sequence: number;
  readonly engineNumber: number;
  readonly engineWidth: bigint;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Ports of links on the way. */
  readonly links?: readonly number[];
  remaining: bigint;
}

function portsOf({ sourcePort, destinationPort, links = [] }: PortUser): readonly number[] {
  return [sourcePort, destinationPort, ...links];
}

function sharePort(a: PortUser, b: PortUser): boolean {
  const portsOfB = portsOf(b);
  return portsOf(a).some((port) => portsOfB.includes(port));
}

/** Rule 10: transfers that share a port, directly or through others, by plain graph search. Members are in order of engine number. */
export function groupsOf(users: readonly PortUser[]): readonly (readonly PortUser[])[] {
  const unseen = new Set(users);
  const groups: PortUser[][] = [];
  for (const first of users) {
    if (!unseen.delete(first)) {
      continue;
    }
    const group = [first];
    for (const member of group) {
      for (const other of [...unseen]) {
        if (sharePort(member, other)) {
          unseen.delete(other);
          group.push(other);
        }
      }
    }
    groups.push(group.sort((a, b) => a.engineNumber - b.engineNumber));
  }
  return groups;
}

function smallest(first: bigint, ...others: readonly bigint[]): bigint {
  return others.reduce((least, each) => (each < least ? each : least), first);
}

function halfOf(amount: bigint): bigint {
  if (amount % 2n !== 0n) {
    throw new Error("half of a port's budget is not a whole number of parts: the factor 2 of rule 3 is missing");
  }
  return amount / 2n;
}

/** Rules 10 to 12, one cycle at a time. */
export class PortSharing {
  readonly #portWidths: readonly bigint[];
  /** The groups of the last cycle, named by their members, with the j of rule 11 that they had in it. */
  #lastCycle: ReadonlyMap<string, number> = new Map();

  constructor(portWidths: readonly bigint[]) {
    this.#portWidths = portWidths;
  }

  /** Serves one cycle: takes what each transfer gets off its `remaining`. To be called for every cycle, also without any transfer. */
  serveCycle(users: readonly PortUser[]): void {
    const budgets = [...this.#portWidths];
    const thisCycle = new Map<string, number>();
    for (const group of groupsOf(users)) {
      const name = group.map((member) => member.sequence).join(" ");
      const before = this.#lastCycle.get(name);
      // Joining, leaving, merging and splitting all show as a set of members that was no group in the last cycle.
      const j = before === undefined ? 0 : before + 1;
      thisCycle.set(name, j);
      const first = j % group.length;
      for (const user of [...group.slice(first), ...group.slice(0, first)]) {
        this.#serve(user, budgets);
      }
    }
    this.#lastCycle = thisCycle;
  }

  reset(): void {
    this.#lastCycle = new Map();
  }

  /** Rule 12 for one transfer; rule 6 for one port that is both its source and its destination. */
  #serve(user: PortUser, budgets: bigint[]): void {
    const ports = portsOf(user);
    const budgetOf = (port: number): bigint => {
      const budget = budgets[port] ?? 0n;
      return ports.filter((each) => each === port).length === 2 ? halfOf(budget) : budget;
    };
    const amount = smallest(user.engineWidth, user.remaining, ...ports.map(budgetOf));
    for (const port of ports) {
      budgets[port] = (budgets[port] ?? 0n) - amount;
    }
    user.remaining -= amount;
  }
}
