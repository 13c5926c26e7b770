/** Phrases about the network and about secrets. */
import type { PhraseRow } from './row.ts';
import { LOCAL } from './shared.ts';

export const NETWORK: readonly PhraseRow[] = [
  {
    id: 'net.local',
    phrases: ['requests to localhost', 'localhost', 'local requests', 'local network requests'],
    meaning: 'reaching a server on this machine',
    covers: [{ kinds: ['net'], targets: LOCAL }],
  },
  {
    id: 'net.external',
    phrases: [
      'external api call',
      'external requests',
      'network access',
      'network',
      'network to non-local host',
      'internet access',
      'web access',
      'api calls',
      'external calls',
    ],
    meaning: 'reaching a host that is not this machine',
    covers: [
      { ops: ['net.fetch', 'net.upload', 'net.connect', 'net.exfiltrate'], notTargets: LOCAL },
      { ops: ['exec.remote'] },
      { tool: 'WebFetch' },
      { tool: 'WebSearch' },
    ],
  },
  {
    id: 'net.upload',
    phrases: ['upload', 'uploads', 'send data', 'data upload', 'upload files'],
    meaning: 'sending data to another host',
    covers: [{ ops: ['net.upload', 'net.exfiltrate'] }],
  },
  {
    id: 'exec.remote',
    phrases: ['remote command', 'ssh', 'remote execution', 'run on another host'],
    meaning: 'running a command on another host',
    covers: [{ ops: ['exec.remote'] }],
  },
  {
    id: 'messages.team',
    phrases: ['internal team communication', 'team communication', 'internal communication', 'message the team'],
    meaning: 'messages to other agents of the same team',
    covers: [{ tool: 'SendMessage' }, { tool: 'TeamMessage' }],
  },
  {
    id: 'secret',
    phrases: ['secrets', 'access secrets', 'secret access', 'environment variables', 'dump environment'],
    meaning: 'credentials, files of settings that may hold some, and the environment',
    covers: [{ kinds: ['secret'] }],
  },
  {
    id: 'secret.read',
    phrases: ['read secrets', 'credentials', 'credential access', 'read credentials'],
    meaning: 'reading credentials: keys, tokens, credential stores',
    covers: [{ ops: ['secret.read', 'secret.helper'] }],
  },
  {
    id: 'secret.exfiltrate',
    phrases: [
      'secret.exfiltrate',
      'credential sharing',
      'share credentials',
      'exfiltration',
      'data exfiltration',
      'leak secrets',
      'secret sharing',
    ],
    meaning: 'credentials on their way out; since a read is the first step, that counts too',
    covers: [{ ops: ['net.exfiltrate', 'secret.read', 'secret.helper'] }],
  },
];
