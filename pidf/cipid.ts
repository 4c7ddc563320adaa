import type { XmlElement } from '../xml/element.ts';
import { childNamed, element, textOf } from '../xml/element.ts';
import { cipidNamespace } from './namespaces.ts';

/** Contact information of a person or service (RFC 4482 §3); all but the name are URIs. */
export interface ContactInformation {
  readonly card: string | undefined;
  readonly displayName: string | undefined;
  readonly homepage: string | undefined;
  readonly icon: string | undefined;
  readonly map: string | undefined;
  readonly sound: string | undefined;
}

export function contactInformationOf(extensions: readonly XmlElement[]): ContactInformation {
  const text = (local: string): string | undefined => {
    const found = childNamed(extensions, cipidNamespace, local);
    return found === undefined ? undefined : textOf(found);
  };
  return {
    card: text('card'),
    displayName: text('display-name'),
    homepage: text('homepage'),
    icon: text('icon'),
    map: text('map'),
    sound: text('sound'),
  };
}

/** Makes one CIPID element. */
export const cipidElement = (
  local: 'card' | 'display-name' | 'homepage' | 'icon' | 'map' | 'sound',
  text: string,
): XmlElement => element(cipidNamespace, local, {}, [text]);
