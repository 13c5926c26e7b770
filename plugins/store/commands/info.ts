/** `vp store info`. */
import { store, type Command, type StoreInfo } from '@vp/sdk';

const info: Command = async (context) => {
  const found = await context.use(store).info();
  if (context.json) context.print(JSON.stringify(found));
  else for (const line of words(found)) context.print(line);
  return 0;
};

export default info;

function words({ engine, location, schemaVersion, bytes, documents, events, putAside }: StoreInfo): string[] {
  return [
    `${location}: ${engine}, schema ${schemaVersion}, ${(bytes / 1e6).toFixed(1)} MB`,
    `${documents} documents, ${events} events`,
    ...(putAside === null
      ? []
      : [
          `damaged at ${putAside.at} and put aside as ${putAside.path}; ${putAside.documents} documents and ${putAside.events} events were saved.`,
          'Compare with a backup if you have one, and remove that file when you no longer need it.',
        ]),
  ];
}
