import { copyText } from '../sip-stack/wire/text.ts';

/** Keeps one copy of texts that many subscriptions share (User-Agent, our Contact), pinning no message. */
export function createTextPool(textsMax: number): (text: string) => string {
  const texts = new Map<string, string>();
  return (text) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const copy = copyText(text);
    if (texts.size < textsMax) texts.set(copy, copy);
    return copy;
  };
}
