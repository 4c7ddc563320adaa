import type { HeaderPair, SipResponse } from '../sip-stack/wire/message.ts';

/** How one target ended: with a response, or with what is taken for one. */
export interface Ending {
  /** 408 for a timeout (RFC 3261 §16.6 step 7), 503 for a transport error (RFC 3261 §16.9) when there was no response. */
  readonly status: number;
  readonly response: SipResponse | undefined;
}

/** Collects how the targets ended and knows the best of it (RFC 3261 §16.7 step 6). */
export class BestResponse {
  private chosen: Ending | undefined = undefined;
  private rank = Number.POSITIVE_INFINITY;
  private readonly challenging: SipResponse[] = [];

  add(ending: Ending): void {
    const { status, response } = ending;
    if (response !== undefined && (status === 401 || status === 407)) this.challenging.push(response);
    const rank = rankOf(ending);
    if (rank >= this.rank) return;
    this.rank = rank;
    this.chosen = ending;
  }

  get best(): Ending | undefined {
    return this.chosen;
  }

  /** The challenges of all other branches, to go with a best response that is one itself (RFC 3261 §16.7 step 7). */
  get furtherChallenges(): readonly HeaderPair[] {
    if (this.chosen?.status !== 401 && this.chosen?.status !== 407) return [];
    const others = this.challenging.filter((response) => response !== this.chosen?.response);
    return others.flatMap(({ headers }) => [
      ...headers.all('www-authenticate').map((value): HeaderPair => ['WWW-Authenticate', value]),
      ...headers.all('proxy-authenticate').map((value): HeaderPair => ['Proxy-Authenticate', value]),
    ]);
  }
}

/** 6xx first, then the lowest class; within it what tells the client how to ask again, and silence last. */
function rankOf({ status, response }: Ending): number {
  const silence = response === undefined ? 9 : 0;
  if (status >= 600) return 0;
  return Math.floor(status / 100) * 10 + Math.max(rankInClass(status), silence);
}

function rankInClass(status: number): number {
  switch (status) {
    case 401:
    case 407:
      return 0;
    case 415:
    case 420:
    case 484:
      return 1;
    // They say less of the user than of the way to him, or of what was done with other branches.
    case 408:
    case 430:
    case 487:
    case 503:
      return 8;
    default:
      return 4;
  }
}
