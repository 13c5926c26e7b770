/** The `vp` program, once a fitting Node runs it. */
import { runCli } from '../cli/program.ts';
import { sandbox } from './sandbox.ts';

process.exitCode = await runCli(process.argv.slice(2), sandbox);
