/** What the service `policy` offers to commands without a kernel. */
import { homedir } from 'node:os';
import type { Offline, Policy } from '@vp/sdk';
import { createPolicy } from './assemble.ts';

const offline: Offline = ({ env }) => {
  const service = createPolicy({
    machine: { env: (name) => env[name], vpHome: env['VP_HOME'] ?? homedir(), guarded: [] },
    charter: () => undefined,
  });
  const checkExamples: Policy['checkExamples'] = (charter) => service.checkExamples(charter);
  const analyse: Policy['analyse'] = (call) => service.analyse(call);
  return { analyse, checkExamples };
};

export default offline;
