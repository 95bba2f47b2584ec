/** The page's messages to the worker that has Python. */
export type ToPython = { readonly kind: "run"; readonly run: number; readonly script: string };

/** The worker's messages to the page. */
export type FromPython =
  /** Python has started, or could not. */
  | { readonly kind: "ready"; readonly version: string }
  | { readonly kind: "broken"; readonly message: string }
  /** What a script prints, and what it ends with: a picture, or a traceback. */
  | { readonly kind: "printed"; readonly run: number; readonly text: string; readonly isError: boolean }
  | { readonly kind: "picture"; readonly run: number; readonly html: string }
  | { readonly kind: "done"; readonly run: number; readonly isGood: boolean };

/** The files that the build puts beside the page. */
export type Modules = Readonly<Record<string, string>>;
export type Example = { readonly name: string; readonly script: string };
