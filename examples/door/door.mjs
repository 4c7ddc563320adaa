/**
 * An event package: whether a door is open. A sensor publishes it, whoever is known may watch.
 *
 * @typedef {import('pharos/extension').ExtensionContext} ExtensionContext
 * @typedef {import('pharos/extension').EventPackage} EventPackage
 */

const mediaType = 'application/x-door';
const states = ['open', 'closed'];

/**
 * @param {ExtensionContext} context
 * @returns {readonly EventPackage[]}
 */
export function eventPackages({ isUser, published }) {
  /** What the sensor said last; a door that says nothing is taken for closed. */
  const stateOf = (resource) => published('x-door', resource).at(-1)?.body.toString('utf8') ?? 'closed';

  return [
    {
      name: 'x-door',
      defined: 'examples/door/README.md',
      expiresDefault: 3600,
      notifyBodies: [mediaType],
      publication: {
        bodies: [mediaType],
        expiresDefault: 600,
        // Refused before it is stored (RFC 3903 §6 step 5).
        check: (_resource, { bytes }) =>
          states.includes(bytes.toString('utf8'))
            ? undefined
            : { refused: true, status: 400, reason: 'A Door Is open Or closed', headers: [] },
      },
      admit: (resource) =>
        isUser(resource) ? undefined : { refused: true, status: 404, reason: 'No Such Door', headers: [] },
      authorize: (watcher) => (watcher.kind === 'known' ? 'allow' : 'block'),
      // All who may see it see the same: one body is made for all of them.
      view: (_facts, handling) => handling,
      render: ({ resource }, handling) =>
        handling === 'allow' ? { contentType: mediaType, bytes: Buffer.from(stateOf(resource)) } : undefined,
    },
  ];
}
