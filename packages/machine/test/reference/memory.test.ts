import { describe, expect, it } from "vitest";
import { ReferenceMemory } from "./memory.ts";

describe("memory of a region", () => {
  it("keeps what is written, over the ends of pages, and reads zero elsewhere", () => {
    const memory = new ReferenceMemory(16_384);
    const bytes = Uint8Array.from({ length: 9000 }, (_, index) => index % 251);
    memory.write(4000, bytes);
    const wanted = new Uint8Array(16_384);
    wanted.set(bytes, 4000);
    expect(memory.read(0, 16_384)).toEqual(wanted);
    expect(memory.read(4095, 4099)).toEqual(wanted.slice(4095, 8194));
  });

  it("keeps its own copy and gives copies", () => {
    const memory = new ReferenceMemory(16);
    const bytes = Uint8Array.of(1, 2);
    memory.write(0, bytes);
    bytes[0] = 9;
    memory.read(0, 2)[1] = 9;
    expect(memory.read(0, 3)).toEqual(Uint8Array.of(1, 2, 0));
  });

  it("is as large as it is", () => {
    const memory = new ReferenceMemory(16);
    memory.write(12, new Uint8Array(4));
    expect(memory.read(16, 0)).toEqual(new Uint8Array(0));
    expect(() => memory.write(13, new Uint8Array(4))).toThrow("outside");
    expect(() => memory.read(-1, 4)).toThrow("outside");
  });

  it("is zero after clearing", () => {
    const memory = new ReferenceMemory(16);
    memory.write(0, Uint8Array.of(1));
    memory.clear();
    expect(memory.read(0, 1)).toEqual(Uint8Array.of(0));
  });
});
