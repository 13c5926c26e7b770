/** The decision log of the running kernel. */
import { store, type CommandContext, type StoredEvent } from '@vp/sdk';
import { STREAM } from '../log/record.ts';

/** Verdicts and gaps since a time, oldest first. */
export async function* loggedSince(context: CommandContext, since: number): AsyncGenerator<StoredEvent> {
  const log = context.use(store);
  for (let after = 0; ;) {
    const page = await log.events({ stream: STREAM, since, after });
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.seq;
  }
}
