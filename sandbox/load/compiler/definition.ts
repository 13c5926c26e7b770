/** Reads what a definition says of itself without running any of its code, in the compiler's process. */
import { SourceMap } from 'node:module';
import type { AnyNode, Expression, ObjectExpression, Program } from 'acorn';
import { MAX_INPUT_BYTES, readSource, TooLarge } from '../source.ts';
import { complaint, Failed, shortened } from './failed.ts';
import { loaderOf } from './imports.ts';
import { constantsOf, follow, Literals, NotLiteral, propertiesOf, type Constants } from './literal.ts';
import type { Inline } from './task.ts';

/** Bytes of an entry without its types that may carry its manifest. */
const MAX_PARSED_BYTES = 256 * 1024;
/** What is wrong is told up to here. */
const MAX_PROBLEMS = 20;
/** Functions of the definition; they belong to the isolate and are not looked at. */
const CODE = ['hooks', 'setup'];

/** An entry without its types, and where its parts were. */
interface Parsed {
  readonly program: Program;
  /** `file:line:column` of an offset. */
  readonly place: (offset: number) => string;
}

/** Reads the source of a file for its manifest. @throws Failed */
export async function readEntry(file: string): Promise<Buffer> {
  try {
    return await readSource(file, MAX_INPUT_BYTES);
  } catch (error) {
    if (error instanceof TooLarge) throw new Failed({ why: 'size', bytes: error.bytes, limit: MAX_INPUT_BYTES });
    throw new Failed({ why: 'unread', text: error instanceof Error ? error.message : String(error) });
  }
}

/** The argument of `definePlugin` in the default export, or the plain object that it is. @throws Failed */
export async function readDefinition(source: Buffer, file: string): Promise<Inline> {
  const { program, place } = await parsed(source, file);
  const constants = constantsOf(program);
  const definition = definitionOf(program, constants);
  if (!definition) throw new Failed({ why: 'no-plugin' });
  const problems: string[] = [];
  let more = 0;
  const inline: Record<string, unknown> = {};
  const hooks: string[] = [];
  const literals = new Literals(constants);
  const attempt = (key: string, act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof NotLiteral)) throw error;
      if (problems.length < MAX_PROBLEMS) problems.push(shortened(`${place(error.at)}: ${key} is ${error.message}`));
      else more += 1;
    }
  };
  attempt('the manifest', () => {
    for (const { key, property } of propertiesOf(definition)) {
      if (key === 'hooks') hooks.push(...hookNames(property.value, constants));
      if (CODE.includes(key)) continue;
      attempt(key, () => {
        if (property.kind !== 'init' || property.method) throw new NotLiteral(property.start, 'a function, not a plain value');
        const value = literals.value(property.value);
        Object.defineProperty(inline, key, { value, enumerable: true, configurable: true, writable: true });
      });
    }
  });
  return { inline, hooks, problems, more };
}

/** Types removed by esbuild, then parsed. */
async function parsed(source: Buffer, file: string): Promise<Parsed> {
  const { transform } = await import('esbuild');
  const options = { sourcefile: file, sourcemap: 'external', sourcesContent: false, tsconfigRaw: '{}', logLevel: 'silent' } as const;
  const loader = loaderOf(file) ?? 'ts';
  const { code, map } = await transform(source, { ...options, loader, legalComments: 'none', charset: 'utf8' }).catch((cause: unknown) => {
    throw complaint(cause, file);
  });
  if (code.length > MAX_PARSED_BYTES) throw new Failed({ why: 'long-entry', bytes: code.length, limit: MAX_PARSED_BYTES });
  const { parse } = await import('acorn');
  try {
    const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
    return { program, place: placesIn(code, map, file) };
  } catch (error) {
    // The compiler took it; what is left are code nested too deeply for a parser that recurses, and CommonJS with its own rules.
    throw new Failed({ why: 'syntax', text: shortened(`${file}: ${error instanceof Error ? error.message : String(error)}`) });
  }
}

function placesIn(code: string, map: string, file: string): Parsed['place'] {
  let positions: SourceMap | undefined;
  return (offset) => {
    positions ??= new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
    const before = code.slice(0, offset).split('\n');
    const entry = positions.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
    return 'originalLine' in entry ? `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}` : file;
  };
}

/** The object of the default export: given as it is, to `definePlugin` under any name, or by the name of a constant. */
function definitionOf(program: Program, constants: Constants): ObjectExpression | undefined {
  const exported = defaultExport(program);
  if (!exported) return undefined;
  const node = follow(exported, constants);
  if (node.type === 'ObjectExpression') return node;
  if (node.type !== 'CallExpression' || !isDefinePlugin(node.callee, program)) return undefined;
  const [argument] = node.arguments;
  if (!argument || argument.type === 'SpreadElement') return undefined;
  const definition = follow(argument, constants);
  return definition.type === 'ObjectExpression' ? definition : undefined;
}

function defaultExport(program: Program): Expression | undefined {
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration') return asExpression(statement.declaration);
    if (statement.type !== 'ExportNamedDeclaration' || statement.source) continue;
    const specifier = statement.specifiers.find(({ exported }) => exported.type === 'Identifier' && exported.name === 'default');
    if (specifier?.local.type === 'Identifier') return specifier.local;
  }
  return undefined;
}

function asExpression(node: AnyNode): Expression | undefined {
  const isDeclaration = node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration';
  return isDeclaration ? undefined : (node as Expression);
}

/** Whether a callee is `definePlugin` of the SDK: imported by name, under any other, or as part of all of it. */
function isDefinePlugin(callee: AnyNode, program: Program): boolean {
  const imports = program.body
    .filter((statement) => statement.type === 'ImportDeclaration')
    .filter(({ source }) => source.value === '@vp/sdk');
  const specifiers = imports.flatMap((statement) => statement.specifiers);
  if (callee.type === 'MemberExpression') {
    const { object, property, computed } = callee;
    if (computed || object.type !== 'Identifier' || property.type !== 'Identifier' || property.name !== 'definePlugin') return false;
    return specifiers.some(({ type, local }) => type === 'ImportNamespaceSpecifier' && local.name === object.name);
  }
  if (callee.type !== 'Identifier') return false;
  return specifiers.some((specifier) => {
    if (specifier.type !== 'ImportSpecifier' || specifier.local.name !== callee.name) return false;
    return specifier.imported.type === 'Identifier' && specifier.imported.name === 'definePlugin';
  });
}

/** The hooks of a definition; none where they are made when the code runs. */
function hookNames(node: Expression, constants: Constants): string[] {
  const hooks = follow(node, constants);
  if (hooks.type !== 'ObjectExpression') return [];
  return hooks.properties
    .flatMap((property) => (property.type === 'Property' ? propertiesOf({ ...hooks, properties: [property] }) : []))
    .map(({ key }) => key);
}
