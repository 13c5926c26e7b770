/** Schemas as data, their types, and the validator. */
export { compile, formatProblems, type Problem, type Validator } from './validate.ts';
export type * from './types.ts';
export { default as charterSchema } from './charter.schema.json' with { type: 'json' };
export { default as configSchema } from './config.schema.json' with { type: 'json' };
export { default as hooksSchema } from './hooks.schema.json' with { type: 'json' };
export { default as manifestSchema } from './manifest.schema.json' with { type: 'json' };
