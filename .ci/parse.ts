/** The imports of one source file, read from its syntax tree. */
import { parseSync } from 'oxc-parser';

/** One import or re-export with a literal specifier. */
export interface Import {
  readonly specifier: string;
  /** Counted from 1. */
  readonly line: number;
  /** Gone once types are stripped. */
  readonly typeOnly: boolean;
}

type Node = Readonly<Record<string, unknown>>;

/**
 * Every import of a module: static, dynamic, re-exported, and `import('…')` in a type.
 * @throws SyntaxError where the text does not parse.
 */
export function findImports(file: string, text: string): Import[] {
  const { program, errors } = parseSync(file, text);
  const [error] = errors;
  if (error) throw new SyntaxError(`${file}: ${error.message}`);
  const found: Import[] = [];
  walk(program, (node) => {
    const specifier = specifierOf(node);
    if (specifier === undefined) return;
    const line = text.slice(0, Number(node['start'])).split('\n').length;
    found.push({ specifier, line, typeOnly: isTypeOnly(node) });
  });
  return found;
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) return value.forEach((item) => walk(item, visit));
  if (typeof value !== 'object' || value === null) return;
  const node = value as Node;
  if (typeof node['type'] === 'string') visit(node);
  for (const child of Object.values(node)) walk(child, visit);
}

function specifierOf(node: Node): string | undefined {
  switch (node['type']) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType': {
      const value = (node['source'] as Node | null | undefined)?.['value'];
      return typeof value === 'string' ? value : undefined;
    }
    default:
      return undefined;
  }
}

function isTypeOnly(node: Node): boolean {
  return node['type'] === 'TSImportType' || node['importKind'] === 'type' || node['exportKind'] === 'type';
}
