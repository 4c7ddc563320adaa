#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { processEnvironment } from '../config/load.ts';
import { commands } from './commands/index.ts';
import { runProgram } from './program.ts';
import { createTerminal } from './terminal.ts';

const packageFile: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const version =
  typeof packageFile === 'object' && packageFile !== null && 'version' in packageFile
    ? String(packageFile.version)
    : '0';

process.exitCode = await runProgram(commands, process.argv.slice(2), createTerminal(version, processEnvironment()));
