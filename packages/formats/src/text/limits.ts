/** Largest YAML file, characters: larger ones take seconds and gigabytes to read. */
export const mostYamlCharacters: number = 4 * 2 ** 20;

/** Largest JSON file, characters. Long lists of instances belong into JSON. */
export const mostJsonCharacters: number = 16 * 2 ** 20;

/** Deepest nesting of lists and maps; real files need six. */
export const mostDepth = 32;

/** Most values of a file, with what YAML aliases repeat. */
export const mostValues: number = 2 ** 20;
