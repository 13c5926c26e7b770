/** From a bundle to the module that it is. Evaluated, never imported: nothing keeps it once its generation is gone. */
import { createRequire, setSourceMapsSupport } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { kernelError, reasonOf } from '../core/errors.ts';

type Evaluated = (require: NodeJS.Require, module: { exports: unknown }, exports: unknown) => void;

let mapped = false;

/**
 * Evaluates a bundle and gives its default export. Stack traces point at the lines of the sources.
 * @throws VP_PLUGIN_EVALUATION
 */
export function evaluate(code: string, entry: string, plugin: string): unknown {
  if (!mapped) setSourceMapsSupport(true, { nodeModules: true, generatedCode: true });
  mapped = true;
  // The name stays the same from version to version: Node keeps one source map for each distinct name, for ever.
  const name = join(dirname(entry), `.${basename(entry)}.bundle.js`);
  const [body, map] = splitMap(code);
  const source = `(function (require, module, exports) {${body}\n})\n//# sourceURL=${name}\n${map}`;
  const module: { exports: unknown } = { exports: {} };
  try {
    // oxlint-disable-next-line no-eval -- see the head of this file
    const run = (0, eval)(source) as Evaluated;
    run(createRequire(entry), module, module.exports);
  } catch (cause) {
    throw kernelError('VP_PLUGIN_EVALUATION', { plugin, why: reasonOf(cause) }, { file: entry, plugin, cause });
  }
  return (module.exports as { default?: unknown }).default;
}

function splitMap(code: string): [string, string] {
  const at = code.lastIndexOf('//# sourceMappingURL=');
  return at < 0 ? [code, ''] : [code.slice(0, at), code.slice(at)];
}
