import type { CliCommand } from '../command.ts';
import { checkConfig } from './check-config.ts';
import { migrate } from './migrate.ts';
import { serve } from './serve.ts';
import { userAdd } from './user-add.ts';
import { userImport } from './user-import.ts';
import { userList } from './user-list.ts';
import { userPasswd } from './user-passwd.ts';
import { userRemove } from './user-remove.ts';

/** Every command of `pharos`, in the order of its help. */
export const commands: readonly CliCommand[] = [
  serve,
  checkConfig,
  userAdd,
  userList,
  userPasswd,
  userRemove,
  userImport,
  migrate,
];
