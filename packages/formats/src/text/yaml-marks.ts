import { CST, Lexer } from "yaml";
import { mostYamlAliases, mostYamlDirectives, mostYamlMarks } from "./limits.ts";
import { shortened } from "./shown.ts";

type YamlFault = { readonly at: number; readonly message: string };
/** A plain scalar may look like anything. */
type Kind = ReturnType<typeof CST.tokenType> | "plain";

const blanks: ReadonlySet<Kind> = new Set<Kind>(["space", "newline", "comment"]);

const limits: ReadonlyMap<Kind, { readonly most: number; readonly name: string }> = new Map([
  ["alias", { most: mostYamlAliases, name: "aliases" }],
  ["directive-line", { most: mostYamlDirectives, name: "directives" }],
]);

/** Into lists and maps in brackets, and out of them. */
const steps: ReadonlyMap<Kind, number> = new Map([
  ["flow-seq-start", 1],
  ["flow-map-start", 1],
  ["flow-seq-end", -1],
  ["flow-map-end", -1],
]);

/**
 * What shows in the words and marks of a YAML text that it is not to be parsed: there are too many, or some of a kind that nobody writes in
 * configurations but with which a text could be filled. The parser keeps half a kilobyte and takes two microseconds for each, and much
 * more for what is an error, so that a few megabytes of commas would cost gigabytes; to find the words and marks costs little.
 */
export function findYamlFault(text: string): YamlFault | undefined {
  let at = 0;
  let [marks, depth] = [0, 0];
  const counts = new Map<Kind, number>();
  let before: Kind | undefined;
  const fault = (message: string): YamlFault => ({ at, message });
  for (const mark of new Lexer().lex(text)) {
    if (++marks > mostYamlMarks) {
      return fault(`more than ${mostYamlMarks} words and marks of YAML; long lists belong into JSON`);
    }
    // The lexer announces plain and block scalars, the document and errors by marks that do not stand in the text.
    const kind: Kind = before === "scalar" ? "plain" : CST.tokenType(mark);
    if (kind === "scalar" || kind === "doc-mode" || kind === "flow-error-end") {
      before = kind;
      continue;
    }
    if (kind === "tag") {
      return fault(`the tag ${shortened(mark)}: tags are not read, values are what they are written as`);
    }
    const limit = limits.get(kind);
    if (limit !== undefined) {
      const count = (counts.get(kind) ?? 0) + 1;
      if (count > limit.most) return fault(`more than ${limit.most} ${limit.name}`);
      counts.set(kind, count);
    }
    depth += steps.get(kind) ?? 0;
    if (depth < 0) return fault(`${mark} closes what was not opened`);
    if (kind === "comma" && before === "comma") return fault("nothing between two commas");
    if (!blanks.has(kind)) before = kind;
    at += mark.length;
  }
  return undefined;
}
