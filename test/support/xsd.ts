import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { XmlDocument, XmlLibError, XsdValidator } from 'libxml2-wasm';
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs';

/** test/vectors/ of the package root, from the compiled file. */
export const vectors = new URL('../../../test/vectors/', import.meta.url);

/** Answers the faults that the XML schemas of RFC 3863, 4479, 4480, 4482 and 5196 find in a document; [] for a valid one. */
export const createPresenceSchema = (): ((bytes: Buffer) => readonly string[]) => createSchema('presence.xsd');

/** As `createPresenceSchema`, for the schemas of RFC 3680 and 5628. */
export const createRegistrationSchema = (): ((bytes: Buffer) => readonly string[]) => createSchema('registration.xsd');

function createSchema(name: string): (bytes: Buffer) => readonly string[] {
  xmlRegisterFsInputProviders();
  const path = fileURLToPath(new URL(`schemas/${name}`, vectors));
  const validator = XsdValidator.fromDoc(XmlDocument.fromBuffer(readFileSync(path), { url: path }));
  return (bytes) =>
    faultsOf(() => {
      const document = XmlDocument.fromBuffer(bytes);
      try {
        validator.validate(document);
      } finally {
        document.dispose();
      }
    });
}

/**
 * Whether libxml2 finds a document well-formed, namespaces included: the judge of our reader. It also wants namespace names to
 * be absolute URIs (Namespaces in XML §2.2), versions to be known and instructions not to begin with "xml", none of which
 * makes a document ill-formed, and then may say no more: undefined.
 */
export function isWellFormed(bytes: Buffer): boolean | undefined {
  const faults = faultsOf(() => {
    const document = XmlDocument.fromBuffer(bytes);
    const { warnings } = document;
    document.dispose();
    if (warnings.length > 0) throw new Error(warnings.map(({ message }) => message).join());
  });
  const opinion = /xmlns[\s\S]*(?:is not a valid URI|is not absolute)|Unsupported version|invalid name prefix/;
  if (faults.some((fault) => opinion.test(fault))) return undefined;
  return faults.length === 0;
}

function faultsOf(judge: () => void): readonly string[] {
  try {
    judge();
    return [];
  } catch (error) {
    if (error instanceof XmlLibError)
      return error.details.map(({ message, line }) => `${String(line)}: ${message.trim()}`);
    return [String(error)];
  }
}
