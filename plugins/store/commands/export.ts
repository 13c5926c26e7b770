/** `vp store export FILE`. */
import { resolve } from 'node:path';
import { store, type Command } from '@vp/sdk';

const exportAll: Command = async (context) => {
  const [written] = context.args;
  if (written === undefined) {
    context.warn('Into which file? Write: vp store export FILE');
    return 2;
  }
  const file = resolve(context.cwd, written);
  const { documents, events } = await context.use(store).exportTo(file);
  if (context.json) context.print(JSON.stringify({ file, documents, events }));
  else context.print(`${file}: ${documents} documents and ${events} events, one a line`);
  return 0;
};

export default exportAll;
