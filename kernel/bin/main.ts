/** The `vp` program, once a fitting Node runs it. */
import { runCli } from '../cli/program.ts';

process.exitCode = await runCli(process.argv.slice(2));
