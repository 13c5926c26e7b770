/** @vp/sdk/testing: runs a plugin in a fake kernel, in memory, so that its tests need no kernel and no agent. */
export { testPlugin, type TestOptions, type TestPlugin } from './testing/test-plugin.ts';
export { fake, type FakeService } from './testing/fake-services.ts';
export {
  budgetCheck,
  onCrash,
  onOutput,
  postCommand,
  postEdit,
  preCommand,
  preEdit,
  preSpawn,
  sessionCrashReport,
  sessionEnd,
  sessionInfo,
  sessionStart,
  type Part,
} from './testing/payloads.ts';
export type { LogLine } from './testing/memory.ts';
export type { StopReport } from './testing/scope.ts';
export type { TapRow } from './testing/taps.ts';
