import { expect, test } from "vitest";
import { embeddedFile } from "./embedded-file.ts";

test("a file comes out of the page byte for byte", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const text = JSON.stringify({ name: "run.kputrace", base64: btoa(String.fromCharCode(...bytes)) });
  const file = embeddedFile(text);
  expect(file.name).toBe("run.kputrace");
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(bytes);
});

test.each(["{", "[]", "null", '{"name": "a.json"}', '{"name": 1, "base64": ""}', '{"name": "a.json", "base64": "*"}'])(
  "%s is no file",
  (text) => {
    expect(() => embeddedFile(text)).toThrow();
  },
);
