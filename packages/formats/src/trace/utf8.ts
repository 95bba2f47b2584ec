// In Node.js and in browsers alike; declared here, because the types of neither are in the compilation.
declare const TextEncoder: new () => { readonly encode: (text: string) => Uint8Array<ArrayBuffer> };
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean },
) => { readonly decode: (bytes: Uint8Array) => string };

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export function utf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** The text that bytes stand for. Errors: TypeError where they stand for none. */
export function utf8Text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
