/**
 * The floors and owners of the tree, as data (ADR 0001). dependency-cruiser's rules, the tidy test and the drawing in
 * ARCHITECTURE.md are made from it. One imports one's own folder or a lower floor; never upward, never a neighbour.
 */
module.exports = {
  floors: [
    ['kernel'],
    ['xml', 'net', 'db', 'config'],
    ['sip-stack', 'pidf'],
    ['auth', 'abuse', 'trace'],
    ['registrar', 'events', 'esc', 'xcap', 'proxy', 'im', 'msrp-relay'],
    ['presence', 'rls', 'xmpp-gateway'],
    ['event-packages', 'admin'],
    ['server'],
    ['cli'],
  ],
  /** Folders that may use no `node:` module: protocol logic without an edge. */
  pure: [
    'kernel',
    'sip-stack/wire',
    'sip-stack/transaction',
    'sip-stack/dialog',
    'msrp-relay/wire',
    'pidf',
    'presence',
  ],
  /** A library and the only files that may import it (regular expressions). */
  owners: {
    'fast-xml-parser': '^xml/',
    saxes: '^xml/',
    xpath: '^xml/',
    '@xmldom/xmldom': '^xml/',
    'libxml2-wasm': '^(xml/|test/)',
    'better-sqlite3': '^(db/(backends/sqlite[^/]*|migrate)\\.ts$|test/)',
    ioredis: '^db/backends/redis\\.ts$',
    fastify: '^(xcap/http|admin/api)\\.ts$',
    'dns-packet': '^(net/dns[^/]*\\.ts$|test/)',
    ws: '^(net/websocket\\.ts$|test/)',
    koffi: '^net/libc\\.ts$',
    pino: '^server/log\\.ts$',
    commander: '^cli/',
    yaml: '^config/',
    'node:dgram': '^(net/|test/|tools/|bench/)',
    'node:net': '^(net/|test/|tools/|bench/)',
    'node:tls': '^(net/|test/|tools/|bench/)',
    'node:dns': '^(net/|test/|tools/|bench/)',
  },
  /** An expression that reaches for time, chance or the environment, and the files that may hold it. */
  edges: {
    'Date.now': '^(server/system|bench/|test/|tools/)',
    'new Date()': '^(server/system|bench/|test/|tools/)',
    'Math.random': '^(server/system|bench/|test/|tools/)',
    'process.env': '^(config/load|bench/|test/|tools/)',
  },
};
