/** The manifest of a plugin that says it in its code, read without running any of that code. */
import { SourceMap } from 'node:module';
import type { AnyNode, Expression, ObjectExpression, Program } from 'acorn';
import { manifestSchema, type HookName, type PluginManifest } from '@vp/schemas';
import { reasonOf } from '@vp/sdk';
import { sandboxError } from '../errors.ts';
import { visible } from '../permissions/visible.ts';
import { syntaxError, tooLarge } from './bundle.ts';
import { cacheFile, readCachedManifest, writeCachedManifest } from './cache.ts';
import { checkSandboxed } from './checks.ts';
import { withCompiler, type Compile } from './compile.ts';
import { loaderOf } from './imports.ts';
import { constantsOf, follow, literalOf, NotLiteral, propertiesOf, type Constants } from './literal.ts';
import { MAX_INPUT_BYTES, readSource, sha256, TooLarge } from './source.ts';

/** Bytes of an entry without its types that may carry its manifest: it is parsed in the kernel, which waits for nobody. */
const MAX_PARSED_BYTES = 256 * 1024;
const HOOKS: readonly string[] = manifestSchema.$defs.HookName.enum;
/** Functions of the definition; they belong to the isolate and are not looked at. */
const CODE = ['hooks', 'setup'];

export interface InlineManifest {
  readonly manifest: PluginManifest;
  /** Hooks that the definition names. */
  readonly hooks: readonly HookName[];
}

/** An entry without its types, and where its parts were. */
interface Parsed {
  readonly program: Program;
  /** `file:line:column` of an offset. */
  readonly place: (offset: number) => string;
}

/** What a definition says, unchecked. */
interface Inline {
  readonly inline: unknown;
  readonly hooks: readonly string[];
}

/**
 * Reads the argument of `definePlugin` in the default export of a file, or the plain object that it is. With `cacheDir`, no compiler runs
 * where the file has not changed.
 * @throws VP_SANDBOX_SYNTAX, VP_SANDBOX_SIZE, VP_SANDBOX_NO_PLUGIN, VP_SANDBOX_MANIFEST with the key and the place, VP_PERMISSION_INVALID
 */
export async function readInlineManifest(file: string, use: string, compile: Compile, cacheDir?: string): Promise<InlineManifest> {
  const source = await readSource(file, MAX_INPUT_BYTES).catch((cause: unknown) => {
    if (cause instanceof TooLarge) throw tooLarge(use, file, cause.bytes, MAX_INPUT_BYTES);
    throw sandboxError('VP_SANDBOX_SYNTAX', { plugin: use, why: reasonOf(cause) }, { plugin: use, file, cause });
  });
  const hash = sha256(source);
  const kept = cacheDir === undefined ? undefined : cacheFile(cacheDir, 'manifest', file);
  const cached = kept === undefined ? undefined : readCachedManifest(kept, hash);
  const { inline, hooks } = cached ?? inlineOf(await parsed(source, file, use, compile), file, use);
  const manifest = checkSandboxed(inline, use, file);
  if (kept !== undefined && !cached) writeCachedManifest(kept, hash, inline, hooks);
  return { manifest, hooks: hooks.filter(isHook) };
}

function inlineOf({ program, place }: Parsed, file: string, plugin: string): Inline {
  const constants = constantsOf(program);
  const definition = definitionOf(program, constants);
  if (!definition) throw sandboxError('VP_SANDBOX_NO_PLUGIN', { plugin }, { plugin, file });
  const problems: string[] = [];
  const inline: Record<string, unknown> = {};
  const hooks: string[] = [];
  const attempt = (key: string, act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof NotLiteral)) throw error;
      problems.push(`${place(error.at)}: ${key} is ${error.message}`);
    }
  };
  attempt('the manifest', () => {
    for (const { key, property } of propertiesOf(definition)) {
      if (key === 'hooks') hooks.push(...hookNames(property.value, constants));
      if (CODE.includes(key)) continue;
      attempt(key, () => {
        if (property.kind !== 'init' || property.method) throw new NotLiteral(property.start, 'a function, not a plain value');
        const value = literalOf(property.value, constants);
        Object.defineProperty(inline, key, { value, enumerable: true, configurable: true, writable: true });
      });
    }
  });
  for (const hook of hooks.filter((name) => !isHook(name))) problems.push(`/hooks/${hook}: expected one of ${HOOKS.join(', ')}`);
  if (problems.length === 0) return { inline, hooks };
  throw sandboxError('VP_SANDBOX_MANIFEST', { plugin, problems: visible(problems.join('\n')) }, { plugin, file });
}

function isHook(name: string): name is HookName {
  return HOOKS.includes(name);
}

/** Types removed by the compiler, then parsed. */
async function parsed(source: Buffer, file: string, plugin: string, compile: Compile): Promise<Parsed> {
  const options = { sourcefile: file, sourcemap: 'external', sourcesContent: false, tsconfigRaw: '{}', logLevel: 'silent' } as const;
  const { code, map } = await withCompiler(compile, (esbuild) =>
    esbuild
      .transform(source, { ...options, loader: loaderOf(file) ?? 'ts', legalComments: 'none', charset: 'utf8' })
      .catch((cause: unknown) => {
        throw syntaxError(cause, plugin, file);
      }),
  );
  if (code.length > MAX_PARSED_BYTES) throw tooLong(plugin, file, code.length);
  const { parse } = await import('acorn');
  try {
    const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
    return { program, place: (offset) => placeIn(code, map, file, offset) };
  } catch (cause) {
    // The compiler took it; what is left are code nested too deeply for a parser that recurses, and CommonJS with its own rules.
    throw sandboxError('VP_SANDBOX_SYNTAX', { plugin, why: visible(`${file}: ${reasonOf(cause)}`) }, { plugin, file, cause });
  }
}

function tooLong(plugin: string, file: string, bytes: number): Error {
  const limit = Math.round(MAX_PARSED_BYTES / 1024);
  const problems = `${file}: ${Math.round(bytes / 1024)} KB of code; a manifest is looked for in at most ${limit} KB: write it into plugin.json`;
  return sandboxError('VP_SANDBOX_MANIFEST', { plugin, problems }, { plugin, file });
}

function placeIn(code: string, map: string, file: string, offset: number): string {
  const before = code.slice(0, offset).split('\n');
  const positions = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  const entry = positions.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
  return 'originalLine' in entry ? `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}` : file;
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
