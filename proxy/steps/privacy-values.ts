import { lower } from '../../sip-stack/wire/chars.ts';
import type { SipRequest, SipResponse } from '../../sip-stack/wire/message.ts';

/** The priv-values of a message in lower case, in order (RFC 3323 §4.2); commas are taken for semicolons, as some write them. */
export const privacyOf = ({ headers }: SipRequest | SipResponse): readonly string[] =>
  headers.all('privacy').flatMap((line) =>
    line
      .split(/[;,]/)
      .map((value) => lower(value.trim()))
      .filter((value) => value !== ''),
  );
