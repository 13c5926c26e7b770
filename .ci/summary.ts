/**
 * The last line of `.ci/run`: `node summary.ts CHECK REPORT TESTS …`, with the exit code of the checks, and for each run of tests vitest's
 * JSON report and the exit code. Exit code 1 where anything failed, also where vitest ended without a report or failed without a failed
 * test.
 */
import { readFileSync } from 'node:fs';

interface Report {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function readReport(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

/** A file that failed with none of its tests failed could not be loaded: one failure. */
function count(report: Report): Counts {
  const tests = report.testResults.flatMap((file) => file.assertionResults.map(({ status }) => status));
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  const passed = tests.filter((status) => status === 'passed').length;
  const failed = tests.filter((status) => status === 'failed').length;
  return { passed, failed: failed + broken.length, skipped: tests.length - passed - failed };
}

/** The counts of one run, with one failure more where it ended badly without saying why. */
function total(report: Report | undefined, tests: number): Counts {
  const counts = report ? count(report) : { passed: 0, failed: 0, skipped: 0 };
  const unexplained = (report === undefined || tests !== 0) && counts.failed === 0;
  if (unexplained) console.log(`the tests ended with exit code ${tests} and ${report ? 'no failed test' : 'no report'}: see above`);
  return { ...counts, failed: counts.failed + (unexplained ? 1 : 0) };
}

const [check, ...runs] = process.argv.slice(2);
const isChecked = check === '0';
if (!isChecked) console.log('npm run check failed: see above');
const sum = { passed: 0, failed: isChecked ? 0 : 1, skipped: 0 };
for (let at = 0; at < runs.length; at += 2) {
  const { passed, failed, skipped } = total(readReport(runs[at] ?? ''), Number(runs[at + 1] ?? 1));
  sum.passed += passed;
  sum.failed += failed;
  sum.skipped += skipped;
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed === 0 ? 0 : 1;
