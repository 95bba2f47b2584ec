/** Version of the simulator; the same for all packages and the Python distribution. */
export const version: string = "0.1.0";
