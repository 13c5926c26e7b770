import { charterSchema } from '@vp/schemas';
import { expect, it } from 'vitest';

interface Node {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<Record<string, Node>>;
}

const schema = charterSchema as unknown as Node & { readonly $defs: Readonly<Record<string, Node>> };

it('describes every key of a charter, and closes every section', () => {
  const sections = { charter: schema, ...schema.$defs };
  const undescribed: string[] = [];
  for (const [section, node] of Object.entries(sections)) {
    expect(node.additionalProperties, section).toBe(false);
    for (const [key, property] of Object.entries(node.properties ?? {})) {
      const target = schema.$defs[property.$ref?.replace('#/$defs/', '') ?? ''];
      if (!(property.description ?? target?.description)) undescribed.push(`${section}.${key}`);
    }
  }
  expect(undescribed).toEqual([]);
});
