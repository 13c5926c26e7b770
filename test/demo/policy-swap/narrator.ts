/** Tells a session's events as they come: what the agent says, each call with its verdict, what the call gave. */
import type { AgentEvent, VerdictEvent } from '@vp/sdk';
import { cut, type Screen } from '../screen.ts';

const OUTPUT_LINES = 4;
/** What the agent says in the place of no output. */
const NO_OUTPUT = '(Bash completed with no output)';

export class Narrator {
  readonly #screen: Screen;
  /** Asked at each verdict: which version of the policy is in force. */
  readonly #generation: () => number;
  readonly #project: string;
  readonly #denied = new Set<string>();

  constructor(screen: Screen, project: string, generation: () => number) {
    this.#screen = screen;
    this.#project = project;
    this.#generation = generation;
  }

  event(event: AgentEvent): void {
    switch (event.type) {
      case 'text':
        this.#screen.line();
        return this.#screen.text(event.text ?? '', { indent: 2, mark: this.#screen.paint('magenta', '●') });
      case 'tool-call': {
        const told = event.input?.['command'] ?? event.input?.['file_path'] ?? '';
        return this.#screen.line(
          cut(`  ▸ ${event.tool ?? ''}  ${this.#short(typeof told === 'string' ? told : JSON.stringify(told))}`, this.#screen.width),
        );
      }
      case 'tool-result':
        return this.#result(event);
      case 'lost':
      case 'stderr':
      case 'retry':
        return this.#screen.text(`${event.type}: ${event.text ?? event.error ?? ''}`, { indent: 4, style: 'yellow' });
      default:
        return undefined;
    }
  }

  verdict({ toolUseId, verdict, rule, reason, findings, micros }: VerdictEvent): void {
    const time = this.#screen.paint('dim', `${micros} µs`);
    if (verdict === 'allow') return this.#screen.line(`    ${this.#screen.paint('green', '✓ allowed')}  ${time}`);
    this.#denied.add(toolUseId);
    const finding = findings.find((one) => one.rule === rule);
    const by = finding === undefined ? String(rule) : `${String(rule)} of ${finding.plugin}, generation ${this.#generation()}`;
    this.#screen.line(`    ${this.#screen.paint(['bold', 'red'], `✗ denied by ${by}`)}  ${time}`);
    this.#screen.text(`why: ${reason ?? ''}`, { indent: 6, hang: 5, style: 'red' });
    if (finding?.instead !== undefined) this.#screen.text(`instead: ${finding.instead}`, { indent: 6, hang: 9, style: 'yellow' });
  }

  /** The first lines of what a call gave. Of a refused one it is the refusal, which has been shown. */
  #result({ toolUseId = '', text = '', isError }: AgentEvent): void {
    if (this.#denied.has(toolUseId)) return;
    const lines = text
      .replace(NO_OUTPUT, '')
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => this.#short(line));
    const shown =
      lines.length > OUTPUT_LINES ? [...lines.slice(0, OUTPUT_LINES - 1), `… ${lines.length - OUTPUT_LINES + 1} more lines`] : lines;
    for (const line of shown)
      this.#screen.line(this.#screen.paint(isError === true ? 'red' : 'dim', cut(`    │ ${line}`, this.#screen.width)));
  }

  /** Paths of the project as the agent would say them. */
  #short(text: string): string {
    return text.replaceAll(`${this.#project}/`, '');
  }
}
