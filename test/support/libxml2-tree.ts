import type { XmlTreeNode } from 'libxml2-wasm';
import { XmlCData, XmlDocument, XmlElement, XmlText } from 'libxml2-wasm';

/** An element as any reader should see it, in words that are no reader's own. */
export interface PlainElement {
  /** Namespace, a space, local name. */
  readonly name: string;
  /** Namespace, a space, local name, `=`, value; sorted. */
  readonly attributes: readonly string[];
  readonly children: readonly (PlainElement | string)[];
}

/**
 * The tree that libxml2 makes of a well-formed document, by our rules on text: joined, without what is only layout.
 * Its binding cannot go past a processing instruction: there must be none inside the root.
 */
export function libxml2Tree(bytes: Buffer): PlainElement {
  const document = XmlDocument.fromBuffer(bytes);
  try {
    return plain(document.root);
  } finally {
    document.dispose();
  }
}

function plain(element: XmlElement): PlainElement {
  const joined: (PlainElement | string)[] = [];
  for (let node: XmlTreeNode | null = element.firstChild; node !== null; node = node.next) {
    if (node instanceof XmlElement) joined.push(plain(node));
    else if (node instanceof XmlText || node instanceof XmlCData) {
      const last = joined.at(-1);
      if (typeof last === 'string') joined.splice(-1, 1, last + node.content);
      else joined.push(node.content);
    }
  }
  const isLayout = joined.length > 1 && joined.every((child) => typeof child !== 'string' || child.trim() === '');
  return {
    name: `${element.namespaceUri} ${element.name}`,
    attributes: element.attrs.map((each) => `${each.namespaceUri} ${each.name}=${each.value}`).toSorted(),
    children: isLayout ? joined.filter((child) => typeof child !== 'string') : joined,
  };
}
