/** Largest YAML file, characters: larger ones take seconds and gigabytes to read. */
export const mostYamlCharacters: number = 4 * 2 ** 20;

/** Most words, marks and stretches of blanks in a YAML file. An entry with three figures in a list has about 20. */
export const mostYamlMarks: number = 2 ** 20;

/** Most aliases in a YAML file, and most lines of directives, of which one is usual. */
export const mostYamlAliases: number = 2 ** 16;
export const mostYamlDirectives = 16;

/** Largest JSON file, characters. Long lists of instances belong into JSON. */
export const mostJsonCharacters: number = 16 * 2 ** 20;

/** Deepest nesting of lists and maps; real files need six. */
export const mostDepth = 32;

/** Most values of a file, with what YAML aliases repeat. */
export const mostValues: number = 2 ** 20;
