/** `vp reload [PLUGIN]`: asks the service to apply what has changed on disk, and tells how that went. */
import { VpError } from '@vp/sdk';
import { kernelError } from '../../core/errors.ts';
import { homeOf } from '../../core/home.ts';
import { runningKernel } from '../../service/lock.ts';
import type { ReloadReport } from '../../service/status-file.ts';
import { askedReload } from '../plugin-tools.ts';
import { EXIT, styled } from '../output.ts';
import type { Invocation } from '../invocation.ts';

export default async function reload({ args, json }: Invocation): Promise<number> {
  const home = homeOf(process.env);
  const running = runningKernel(home);
  if (running === undefined) throw kernelError('VP_NOT_RUNNING');
  const report = await askedReload(home, running.pid, args[0]);
  if (report.error)
    throw new VpError(report.error.code, report.error.message, report.error.hint === undefined ? {} : { hint: report.error.hint });
  // A reload of one plugin does not read the config.
  const configError = args[0] === undefined ? report.configError : null;
  print(report, configError, json);
  return configError !== null || report.plugins.some((plugin) => plugin.result === 'refused') ? EXIT.usage : EXIT.done;
}

function print(report: ReloadReport, configError: string | null, json: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify({ plugins: report.plugins, configError })}\n`);
  if (configError !== null) process.stdout.write(`${styled('red', 'config')}  the one before runs on: ${configError}\n`);
  for (const { plugin, result, error } of report.plugins) {
    const colour = result === 'refused' ? 'red' : result === 'unchanged' ? 'dim' : 'green';
    process.stdout.write(`${styled(colour, result)}  ${plugin}${error === undefined ? '' : `: ${error}`}\n`);
  }
}
