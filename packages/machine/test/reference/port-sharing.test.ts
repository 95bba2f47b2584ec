import { describe, expect, it } from "vitest";
import { groupsOf, PortSharing, type PortUser } from "./port-sharing.ts";

let nextSequence = 0;

function user(
  engineNumber: number,
  sourcePort: number,
  destinationPort: number,
  engineWidth: bigint,
  remaining: bigint,
): PortUser {
  nextSequence += 1;
  return { sequence: nextSequence, engineNumber, engineWidth, sourcePort, destinationPort, remaining };
}

/** Serves one cycle and returns what each of the users got in it. */
function serve(sharing: PortSharing, users: readonly PortUser[]): readonly bigint[] {
  const before = users.map((each) => each.remaining);
  sharing.serveCycle(users.filter((each) => each.remaining > 0n));
  return users.map((each, index) => (before[index] ?? 0n) - each.remaining);
}

describe("groups (rule 10)", () => {
  it("join transfers through others, whichever end the common port is at", () => {
    const chain = [
      user(4, 0, 1, 1n, 1n),
      user(2, 3, 4, 1n, 1n),
      user(0, 1, 2, 1n, 1n),
      user(3, 2, 5, 1n, 1n),
      user(1, 6, 6, 1n, 1n),
    ];
    const engineNumbers = groupsOf(chain).map((group) => group.map((member) => member.engineNumber));
    expect(engineNumbers).toEqual([[0, 3, 4], [2], [1]]);
  });
});

describe("one cycle (rules 6 and 12)", () => {
  it("takes the least of engine width, rest, source and destination budget", () => {
    const sharing = new PortSharing([10n, 20n, 30n]);
    expect(serve(sharing, [user(0, 1, 2, 7n, 100n)])).toEqual([7n]);
    expect(serve(sharing, [user(0, 1, 2, 70n, 3n)])).toEqual([3n]);
    expect(serve(sharing, [user(0, 0, 2, 70n, 100n)])).toEqual([10n]);
    expect(serve(sharing, [user(0, 2, 1, 70n, 100n)])).toEqual([20n]);
  });

  it("counts a copy within one port twice", () => {
    const sharing = new PortSharing([10n]);
    expect(serve(sharing, [user(0, 0, 0, 70n, 100n)])).toEqual([5n]);
    expect(serve(sharing, [user(0, 0, 0, 3n, 100n), user(1, 0, 0, 70n, 100n)])).toEqual([3n, 2n]);
  });

  it("gives the rest of a partial beat to the next in order", () => {
    const sharing = new PortSharing([10n, 100n]);
    expect(serve(sharing, [user(0, 0, 1, 10n, 4n), user(1, 0, 1, 10n, 50n)])).toEqual([4n, 6n]);
  });

  it("counts reads and writes of a port together", () => {
    const sharing = new PortSharing([10n, 100n, 100n]);
    expect(serve(sharing, [user(0, 0, 1, 6n, 50n), user(1, 2, 0, 6n, 50n)])).toEqual([6n, 4n]);
  });
});

describe("rotation (rule 11)", () => {
  it("starts with member j mod n of the group and goes round", () => {
    const sharing = new PortSharing([10n, 100n]);
    const users = [user(0, 0, 1, 6n, 100n), user(5, 0, 1, 6n, 100n), user(9, 0, 1, 6n, 100n)];
    const grants = [0, 1, 2, 3].map(() => serve(sharing, users));
    expect(grants).toEqual([
      [6n, 4n, 0n],
      [0n, 6n, 4n],
      [4n, 0n, 6n],
      [6n, 4n, 0n],
    ]);
  });

  it("begins anew when a transfer joins and when one leaves", () => {
    const sharing = new PortSharing([10n, 100n]);
    const first = user(0, 0, 1, 10n, 100n);
    const second = user(1, 0, 1, 10n, 100n);
    const third = user(2, 0, 1, 10n, 10n);
    expect(serve(sharing, [first, second])).toEqual([10n, 0n]);
    expect(serve(sharing, [first, second, third])).toEqual([10n, 0n, 0n]);
    expect(serve(sharing, [first, second, third])).toEqual([0n, 10n, 0n]);
    expect(serve(sharing, [first, second, third])).toEqual([0n, 0n, 10n]);
    expect(serve(sharing, [first, second, third])).toEqual([10n, 0n, 0n]);
    expect(serve(sharing, [first, second, third])).toEqual([0n, 10n, 0n]);
  });

  it("begins anew when the next transfer of an engine takes the place of one that left", () => {
    const sharing = new PortSharing([10n, 100n]);
    const first = user(0, 0, 1, 10n, 100n);
    expect(serve(sharing, [first, user(1, 0, 1, 10n, 10n)])).toEqual([10n, 0n]);
    expect(serve(sharing, [first, user(1, 0, 1, 10n, 10n)])).toEqual([10n, 0n]);
  });

  it("begins anew when two groups merge and when they split again", () => {
    const sharing = new PortSharing([10n, 10n, 100n, 100n]);
    const [a, b] = [user(0, 0, 2, 10n, 100n), user(1, 0, 2, 10n, 100n)];
    const [c, d] = [user(2, 1, 3, 10n, 100n), user(3, 1, 3, 10n, 100n)];
    // Between the two narrow ports, last in order: in the merged group's cycle 0 nothing is left for it.
    const bridge = user(4, 0, 1, 10n, 10n);
    expect(serve(sharing, [a, b, c, d])).toEqual([10n, 0n, 10n, 0n]);
    expect(serve(sharing, [a, b, c, d, bridge])).toEqual([10n, 0n, 10n, 0n, 0n]);
    // Cycle 1 starts with engine 1; engine 2 comes before 3.
    expect(serve(sharing, [a, b, c, d, bridge])).toEqual([0n, 10n, 10n, 0n, 0n]);
    expect(serve(sharing, [a, b, c, d, bridge])).toEqual([10n, 0n, 10n, 0n, 0n]);
    expect(serve(sharing, [a, b, c, d, bridge])).toEqual([10n, 0n, 0n, 10n, 0n]);
    expect(serve(sharing, [a, b, c, d, bridge])).toEqual([0n, 0n, 0n, 0n, 10n]);
    expect(serve(sharing, [a, b, c, d])).toEqual([10n, 0n, 10n, 0n]);
    expect(serve(sharing, [a, b, c, d])).toEqual([0n, 10n, 0n, 10n]);
  });

  it("of an unrelated group does not change", () => {
    const sharing = new PortSharing([10n, 10n, 100n, 100n]);
    const [a, b] = [user(0, 0, 2, 10n, 100n), user(1, 0, 2, 10n, 100n)];
    const [c, d] = [user(2, 1, 3, 10n, 100n), user(3, 1, 3, 10n, 100n)];
    expect(serve(sharing, [a, b, c])).toEqual([10n, 0n, 10n]);
    expect(serve(sharing, [a, b, c, d])).toEqual([0n, 10n, 10n, 0n]);
    expect(serve(sharing, [a, b, c, d])).toEqual([10n, 0n, 0n, 10n]);
  });

  it("begins anew after a cycle without transfers", () => {
    const sharing = new PortSharing([10n, 100n]);
    const users = [user(0, 0, 1, 10n, 100n), user(1, 0, 1, 10n, 100n)];
    expect(serve(sharing, users)).toEqual([10n, 0n]);
    sharing.serveCycle([]);
    expect(serve(sharing, users)).toEqual([10n, 0n]);
  });
});
