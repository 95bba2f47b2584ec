export type { SelfTestCheck, SelfTestReport } from "./self-test.ts";
export { selfTest } from "./self-test.ts";
