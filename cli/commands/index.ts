import type { CliCommand } from '../command.ts';
import { aliasAdd } from './alias-add.ts';
import { aliasList } from './alias-list.ts';
import { aliasRemove } from './alias-remove.ts';
import { banAdd } from './ban-add.ts';
import { banList } from './ban-list.ts';
import { banRemove } from './ban-remove.ts';
import { checkConfig } from './check-config.ts';
import { metrics } from './metrics.ts';
import { migrate } from './migrate.ts';
import { serve } from './serve.ts';
import { status } from './status.ts';
import { trace } from './trace.ts';
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
  aliasAdd,
  aliasList,
  aliasRemove,
  banAdd,
  banList,
  banRemove,
  status,
  trace,
  metrics,
  migrate,
];
