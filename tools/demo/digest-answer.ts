import { createHash, randomBytes } from 'node:crypto';

/** What a digest answer is made from. */
export interface DigestQuestion {
  /** WWW-Authenticate values as received. */
  readonly challenges: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  /** Times this nonce was used before. */
  readonly count: number;
}

const algorithms: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256' };

/** The Authorization value that answers the first challenge we can (RFC 7616 §3.4, RFC 8760 §2.4). */
export function answerDigest(question: DigestQuestion): string | undefined {
  for (const challenge of question.challenges) {
    const params = paramsOf(challenge);
    const algorithm = params.get('algorithm') ?? 'MD5';
    const hashName = algorithms[algorithm];
    if (hashName === undefined || !challenge.startsWith('Digest ')) continue;
    const hash = (text: string): string => createHash(hashName).update(text).digest('hex');
    const realm = params.get('realm') ?? '';
    const nonce = params.get('nonce') ?? '';
    const count = (question.count + 1).toString(16).padStart(8, '0');
    const cnonce = randomBytes(8).toString('hex');
    const secret = hash(`${question.username}:${realm}:${question.password}`);
    const response = hash(`${secret}:${nonce}:${count}:${cnonce}:auth:${hash(`${question.method}:${question.uri}`)}`);
    return (
      `Digest username="${question.username}", realm="${realm}", nonce="${nonce}", uri="${question.uri}", ` +
      `response="${response}", algorithm=${algorithm}, cnonce="${cnonce}", qop=auth, nc=${count}`
    );
  }
  return undefined;
}

function paramsOf(challenge: string): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  for (const [, name = '', quoted, token] of challenge.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)) {
    params.set(name.toLowerCase(), quoted ?? token ?? '');
  }
  return params;
}
