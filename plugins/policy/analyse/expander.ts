/** Binds the expansion of words to the walk: substitutions run, process substitutions become files. */
import type { Analysis, Scene } from './analysis.ts';
import { spanOf } from './analysis.ts';
import { field } from './fields.ts';
import { fork } from './state.ts';
import { NOTHING } from './streams.ts';
import type { Expander } from './words.ts';

/** Expands the words of a scene. */
export function expander(analysis: Analysis, scene: Scene): Expander {
  const inside = (): Scene => ({ ...scene, state: fork(scene.state), depth: scene.depth + 1 });
  return {
    state: scene.state,
    context: analysis.ground.context,
    substitute: (script) => {
      if (!script || !analysis.spend(inside())) return NOTHING;
      // The decoded text of backticks has positions of its own.
      const own = script.source === undefined ? inside() : { ...inside(), outer: scene.outer ?? { start: 0, end: 0 } };
      return analysis.engine.script(analysis, own, script);
    },
    file: (script, operator) => {
      const path = `/dev/fd/${63 - analysis.ground.traces.written.size}`;
      const output = script && analysis.spend(inside()) ? analysis.engine.script(analysis, inside(), script) : NOTHING;
      if (operator === '>') return field(path);
      analysis.ground.traces.written.set(path, output);
      return { text: path, glob: false, taint: output.taint };
    },
    span: (node) => spanOf(scene, node),
  };
}
