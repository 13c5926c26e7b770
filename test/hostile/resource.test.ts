/** Programs that use up what there is. */
import { allPrograms, testPrograms } from './suite.ts';

testPrograms(allPrograms().filter((program) => program.category === 'resource'));
