import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Findings } from "./findings.ts";
import { mostDepth, mostValues, mostYamlCharacters } from "./limits.ts";
import { quoted, shortened } from "./shown.ts";
import type { SourceEntry, SourceNode } from "./source-node.ts";
import { findYamlFault } from "./yaml-marks.ts";

/** Containers of the parser that stand for one level of nesting at the most: a sequence in a map in its entry. */
const mostParserDepth: number = 3 * mostDepth;

/**
 * Reads one YAML 1.2 document (core schema) with the place of everything; `undefined` and errors where the text is none.
 * Keys are plain text and given once; anchors and aliases are allowed as far as they do not grow without bounds.
 */
export function readYaml(text: string, findings: Findings): SourceNode | undefined {
  if (text.length > mostYamlCharacters) {
    findings.errorAt(0, `the file has ${text.length} characters; at most ${mostYamlCharacters} of YAML are read`);
    return undefined;
  }
  const fault = findYamlFault(text);
  if (fault !== undefined) {
    findings.errorAt(fault.at, fault.message);
    return undefined;
  }
  const tokens = tokensOf(text, findings);
  if (tokens === undefined) return undefined;
  // Duplicate keys are found below: the library compares each key with all others.
  const composer = new Composer({ version: "1.2", uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
  const documents = composer.compose(tokens, true, text.length);
  const document = documents.next().value ?? undefined;
  if (document === undefined) return undefined;
  for (const { message, pos } of [...document.errors, ...document.warnings]) findings.errorAt(pos[0], message);
  const second = documents.next().value ?? undefined;
  if (second !== undefined) findings.errorAt(second.range[0], "a second document begins; one is read");
  const version = document.directives?.yaml.version ?? "1.2";
  if (version !== "1.2") findings.errorAt(0, `the file says YAML ${version}; YAML 1.2 is read`);
  if (findings.hasErrors) return undefined;
  return new TreeBuilder(findings).document(document);
}

/** The parser's tokens, unless they are nested so deep that what works on them would run out of stack. */
function tokensOf(text: string, findings: Findings): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > mostParserDepth) {
      findings.errorAt(parser.offset, `nested more than ${mostDepth} deep`);
      return undefined;
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

class TreeBuilder {
  readonly #findings: Findings;
  readonly #anchors = new Map<string, SourceNode>();
  /** One message is enough; what comes after it is read without adding up. */
  #isTooLarge = false;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  document({ contents, range }: Document.Parsed): SourceNode | undefined {
    const start = range[0];
    if (!isNode(contents) || (isScalar(contents) && contents.value === null && contents.source === "")) {
      this.#findings.errorAt(start, "the file is empty");
      return undefined;
    }
    const root = this.#node(contents, start, 0);
    return this.#findings.hasErrors ? undefined : root;
  }

  #node(node: Node, outer: number, depth: number): SourceNode {
    const at = node.range?.[0] ?? outer;
    if (isAlias(node)) return this.#alias(node.source, at);
    if (depth > mostDepth) this.#findings.errorAt(at, `nested more than ${mostDepth} deep`);
    const result = isMap(node)
      ? this.#map(node, at, depth)
      : isSeq(node)
        ? this.#list(node, at, depth)
        : this.#scalar(node, at);
    if (result.size > mostValues && !this.#isTooLarge) {
      this.#isTooLarge = true;
      this.#findings.errorAt(at, `more than ${mostValues} values, with what aliases repeat`);
    }
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, result);
    }
    return result;
  }

  #alias(name: string, at: number): SourceNode {
    const target = this.#anchors.get(name);
    if (target !== undefined) return target;
    this.#findings.errorAt(at, `the alias *${shortened(name)} has no anchor &${shortened(name)} before it`);
    return { kind: "scalar", at, size: 1, value: undefined };
  }

  #map(node: YAMLMap, at: number, depth: number): SourceNode {
    const entries = new Map<string, SourceEntry>();
    let size = 1;
    for (const { key, value } of node.items) {
      const keyAt = isNode(key) ? (key.range?.[0] ?? at) : at;
      const name = isScalar(key) ? key.value : undefined;
      if (typeof name !== "string") {
        this.#findings.errorAt(keyAt, "keys must be plain text");
        continue;
      }
      if (entries.has(name)) this.#findings.errorAt(keyAt, `the key ${quoted(name)} is given twice`);
      const child = isNode(value) ? this.#node(value, keyAt, depth + 1) : emptyAt(keyAt);
      size += child.size;
      entries.set(name, { keyAt, value: child });
    }
    return { kind: "map", at, size, entries };
  }

  #list(node: YAMLSeq, at: number, depth: number): SourceNode {
    const items: SourceNode[] = [];
    let size = 1;
    for (const item of node.items) {
      const child = isNode(item) ? this.#node(item, at, depth + 1) : emptyAt(at);
      size += child.size;
      items.push(child);
    }
    return { kind: "list", at, size, items };
  }

  #scalar(node: Node, at: number): SourceNode {
    const value: unknown = isScalar(node) ? node.value : undefined;
    if (typeof value === "string" || typeof value === "boolean") return { kind: "scalar", at, size: 1, value };
    if (typeof value === "number") {
      if (!Number.isFinite(value)) this.#findings.errorAt(at, `${value} is not a finite number`);
      return { kind: "scalar", at, size: 1, value };
    }
    if (value !== null) this.#findings.errorAt(at, "a value of a kind that configurations do not have");
    return emptyAt(at);
  }
}

function emptyAt(at: number): SourceNode {
  return { kind: "scalar", at, size: 1, value: undefined };
}
