import type { RunState } from "../state/run-state.ts";
import { openFile } from "./open-file.ts";

/** The element of the page into which whoever hands out the page may put a file: JSON with its `name` and its bytes as `base64`. */
const place = "embedded-file";

/** Shows the file that came inside of the page, if there is one. What is wrong with it is told on the page. */
export async function openEmbeddedFile(state: RunState): Promise<void> {
  const element = document.getElementById(place);
  const text = element?.textContent ?? "";
  element?.remove();
  if (text === "") return;
  try {
    await openFile(state, embeddedFile(text));
  } catch (error) {
    state.tell(`The file in this page cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The file that a text describes. Errors: Error that says what is wrong. */
export function embeddedFile(text: string): File {
  const value: unknown = JSON.parse(text);
  const isFile = typeof value === "object" && value !== null && "name" in value && "base64" in value;
  if (!isFile || typeof value.name !== "string" || typeof value.base64 !== "string") {
    throw new Error('it is not of the form {"name": "...", "base64": "..."}');
  }
  return new File([bytesOf(value.base64)], value.name.slice(0, 200));
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index);
  return bytes;
}
