export type { SelfTestCheck, SelfTestReport } from "./self-test.ts";
export { groupSelfTest, selfTest } from "./self-test.ts";
