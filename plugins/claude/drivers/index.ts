/** The agent programs that VP knows. */
import { claude } from './claude.ts';
import { command } from './command.ts';
import type { DriverOf } from './driver.ts';

export const driverOf: DriverOf = (type) => (type === 'claude-code' ? claude : command);
