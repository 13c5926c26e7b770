/** Programs that want out, want more than they were granted, confuse the kernel, or outlive it. */
import { allPrograms, testPrograms } from './suite.ts';

testPrograms(allPrograms().filter((program) => program.category !== 'resource'));
