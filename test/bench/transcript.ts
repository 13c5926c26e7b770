/** What an agent says, for benches of its output. */

/** Lines as the real agent writes them: words, a call, its result, `turns` times. */
export function transcript(turns: number): { text: string; lines: number } {
  const shared = { parent_tool_use_id: null, session_id: '5d5c4f0e-6f0f-4a53-9d6c-2f3f0c1f7a10' };
  const usage = {
    input_tokens: 4,
    cache_creation_input_tokens: 812,
    cache_read_input_tokens: 23_001,
    output_tokens: 97,
    service_tier: 'standard',
  };
  const lines: string[] = [];
  for (let n = 0; n < turns; n += 1) {
    const message = { id: `msg_${n}`, type: 'message', role: 'assistant', model: 'claude-sonnet', stop_reason: null, usage };
    const input = { command: `sed -n ${n},${n + 40}p src/server.ts`, description: 'Read the part of the file that matters' };
    const words = `I look at line ${n} and those after it, since the error comes from there.`;
    const output = `${'  const value = await read(path); // as before\n'.repeat(12)}${n}`;
    lines.push(
      JSON.stringify({ type: 'assistant', message: { ...message, content: [{ type: 'text', text: words }] }, ...shared, uuid: `a${n}` }),
      JSON.stringify({
        type: 'assistant',
        message: { ...message, content: [{ type: 'tool_use', id: `toolu_${n}`, name: 'Bash', input }] },
        ...shared,
        uuid: `b${n}`,
      }),
      JSON.stringify({
        type: 'user',
        message: { role: 'user', content: [{ tool_use_id: `toolu_${n}`, type: 'tool_result', content: output, is_error: false }] },
        ...shared,
        uuid: `c${n}`,
        tool_use_result: { stdout: output, stderr: '', interrupted: false },
      }),
    );
  }
  return { text: `${lines.join('\n')}\n`, lines: lines.length };
}
