/** `vp store backup FILE`. */
import { resolve } from 'node:path';
import { store, type Command } from '@vp/sdk';

const backup: Command = async (context) => {
  const [written] = context.args;
  if (written === undefined) {
    context.warn('Into which file? Write: vp store backup FILE');
    return 2;
  }
  const file = resolve(context.cwd, written);
  const { bytes } = await context.use(store).backup(file);
  if (context.json) context.print(JSON.stringify({ file, bytes }));
  else context.print(`${file}: ${(bytes / 1e6).toFixed(1)} MB. To use it: stop the service and put it in the place of state.db.`);
  return 0;
};

export default backup;
