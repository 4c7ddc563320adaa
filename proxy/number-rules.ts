import type { Result } from '../kernel/result.ts';

/** A rewrite rule of the DDDS as a NAPTR record carries it (RFC 3403 §4.1). */
export interface NumberRule {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly services: string;
  readonly regexp: string;
  /** Lower case, without the final dot; '' for none. */
  readonly replacement: string;
}

/** What the proxy asks of DNS for telephone numbers (RFC 6116). */
export interface NumberRules {
  /** At once when remembered. @fault why there are none; settled within a deadline in any case */
  naptr(name: string): Result<readonly NumberRule[], string> | Promise<Result<readonly NumberRule[], string>>;
}
