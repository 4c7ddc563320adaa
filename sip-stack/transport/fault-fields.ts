import type { LogFields } from '../../kernel/log.ts';

/** What a log line says of an exception, which always is a fault of ours. */
export const faultFields = (error: unknown): LogFields =>
  error instanceof Error ? { reason: error.message, stack: error.stack } : { reason: String(error) };
