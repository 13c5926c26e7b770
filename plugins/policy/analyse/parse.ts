/** The shell's grammar. The only file that knows the parser; the rest sees its types through here. */
import { parse as parseShell, type ParsedScript } from 'unbash';

export type {
  ArithmeticExpression,
  Assignment,
  Command,
  CommandNode,
  CompoundList,
  Function as FunctionNode,
  HereDoc,
  ParameterExpansionPart,
  ParsedScript as Script,
  PipelineNode,
  Redirection,
  Statement,
  TestExpression,
  Word,
  WordPart,
} from 'unbash';

/** Parses shell text. Never throws: what the parser cannot take counts as an error at 0. */
export function parse(text: string): ParsedScript {
  if (isTooDeep(text)) return empty(text, 'nested too deeply');
  try {
    return parseShell(text);
  } catch (error) {
    return empty(text, String(error));
  }
}

const MAX_OPEN = 200;
const MAX_BACKTICKS = 2000;

/** More open brackets, quoted or not, than anybody would write: the parser's time grows with them. */
function isTooDeep(text: string): boolean {
  let round = 0;
  let curly = 0;
  let ticks = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 40) round += 1;
    else if (char === 41) round = Math.max(0, round - 1);
    else if (char === 123) curly += 1;
    else if (char === 125) curly = Math.max(0, curly - 1);
    else if (char === 96) ticks += 1;
    if (round > MAX_OPEN || curly > MAX_OPEN || ticks > MAX_BACKTICKS) return true;
  }
  return false;
}

/** What is wrong with a script; undefined where nothing is. */
export function errorOf(script: ParsedScript): { readonly message: string; readonly pos: number } | undefined {
  return script.errors?.[0];
}

function empty(text: string, message: string): ParsedScript {
  return { type: 'Script', pos: 0, end: text.length, shebang: undefined, commands: [], errors: [{ message, pos: 0 }] };
}
