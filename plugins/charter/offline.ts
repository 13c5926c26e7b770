/** The service `charters` for commands without a kernel: reads a file once, watches nothing. */
import { resolve as absolute } from 'node:path';
import type { Charters, Offline } from '@vp/sdk';
import { DEFAULT_ID, defaultCharter } from './compile.ts';
import { Evaluator } from './evaluate.ts';
import { invalid, load } from './load.ts';

const offline: Offline = () => {
  const resolve: Charters['resolve'] = async (file) => {
    if (file === undefined || file === DEFAULT_ID) return defaultCharter();
    const id = absolute(file);
    const { compiled, problems } = await load(id, new Evaluator({ ahead: false }));
    if (!compiled) throw invalid(id, problems);
    return compiled;
  };
  return { resolve };
};

export default offline;
