/** `vp recovery unpark`: waits no more for a limit. */
import { recovery, type Command } from '@vp/sdk';

const command: Command = async (context) => {
  const service = context.use(recovery);
  const park = await service.getPark();
  await service.unpark();
  if (context.json) context.print(JSON.stringify({ unparked: park !== null, park }));
  else context.print(park === null ? 'nothing is waiting for a limit' : 'sessions start again; those that waited for the limit go on');
  return 0;
};

export default command;
