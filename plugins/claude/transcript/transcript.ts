/** How a conversation stands in the agent's own record: whether one can go on with it, and which calls it has results of. */
import type { ConversationState } from '@vp/sdk';
import { blocksOf, objectIn, textIn, type Json } from '../protocol/json.ts';
import { mentions, readTranscript, type TranscriptEnds } from './transcript-file.ts';

/** What is asked. */
export interface Sought {
  /** Null for a program that keeps no record. */
  readonly configDir: string | null;
  readonly cwd: string;
  readonly id: string;
  /** Whether the agent has said that id itself. */
  readonly confirmed: boolean;
  /** Ids of messages of the user: the first and the newest. */
  readonly said: readonly string[];
}

/** What was found. */
export interface Conversation {
  readonly state: ConversationState;
  /** Calls whose result is in it. */
  readonly answered: ReadonlySet<string>;
}

/** Named in the evidence at most. */
const NAMED = 10;

/** Reads a conversation. Never throws. */
export async function readConversation(sought: Sought): Promise<Conversation> {
  const { configDir, cwd, id, confirmed } = sought;
  const absent = (why: string): Conversation => ({
    state: { id: confirmed ? id : null, transcript: 'absent', hasPrompt: false, evidence: [why] },
    answered: new Set(),
  });
  if (configDir === null) return absent('the program keeps no transcript');
  try {
    const ends = await readTranscript(configDir, cwd, id);
    if (ends === undefined) return absent('there is no transcript');
    const { state, answered } = conversationOf(ends, sought);
    // What was said may stand in the middle of a long one, or in a line that is longer than what was read.
    const hasPrompt = state.hasPrompt || (ends.gap && (await mentions(ends.path, sought.said)));
    return { state: { ...state, hasPrompt }, answered };
  } catch (error) {
    return absent(`the transcript cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function conversationOf(ends: TranscriptEnds, { id, said }: Sought): Conversation {
  const { lines, broken, torn } = ends;
  const calls = new Set<string>();
  const answered = new Set<string>();
  const prompts = new Map<string, number>();
  const ids = new Set<string>();
  for (const line of lines) {
    for (const block of blocksOf(objectIn(line, 'message'))) {
      if (block['type'] === 'tool_use') calls.add(textIn(block, 'id') ?? '');
      if (block['type'] === 'tool_result') answered.add(textIn(block, 'tool_use_id') ?? '');
    }
    if (!isPrompt(line)) continue;
    ids.add(textIn(line, 'uuid') ?? '');
    const parent = textIn(line, 'parentUuid') ?? 'the start';
    prompts.set(parent, (prompts.get(parent) ?? 0) + 1);
  }
  const open = [...calls].filter((call) => !answered.has(call));
  const forks = [...prompts.values()].filter((count) => count > 1).length;
  const evidence = [
    ...(broken > 0 ? [`${broken} lines of it do not parse`] : []),
    ...(torn ? ['its last line was cut off'] : []),
    ...(open.length > 0 ? [`calls without a result: ${open.slice(0, NAMED).join(' ')}`] : []),
    ...(forks > 0 ? [`${forks} messages were answered in more than one branch; only the newest is gone on with`] : []),
  ];
  const hasPrompt = said.some((uuid) => ids.has(uuid));
  const readable = lines.some((line) => line['type'] === 'user' || line['type'] === 'assistant');
  const transcript = !readable ? 'absent' : broken > 0 ? 'damaged' : 'whole';
  return { state: { id, transcript, hasPrompt, evidence }, answered };
}

/** A message of the user that is no tool's result and none of a sub-agent. */
function isPrompt(line: Json): boolean {
  if (line['type'] !== 'user' || line['isSidechain'] === true || line['isMeta'] === true) return false;
  return blocksOf(objectIn(line, 'message')).every((block) => block['type'] !== 'tool_result');
}
