import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecurely, createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { namesOf } from './certificate-names.ts';
import type { CertificateNames } from './certificate-names.ts';
import { NetSocket } from './net-socket.ts';
import { reasonOf } from './reason.ts';
import type { ConnectStream, ListenStream } from './stream.ts';
import { listenSockets } from './tcp.ts';
import type { TlsCredentials } from './tls-credentials.ts';

type Asking = 'none' | 'ask' | 'require';

/** What is asked of peers; each member is read at each handshake, so that settings and certificates may change. */
export interface TlsPolicy {
  credentials(): TlsCredentials;
  /** Whether accepted connections have to show a certificate that the authorities vouch for. */
  readonly clientCertificates: Asking;
  /** Whether servers that we connect to have to prove who they are. */
  readonly verifyServers: boolean;
  /** The names that a certificate proves (RFC 5922 §7.1). */
  identities(certificate: CertificateNames): readonly string[];
  /** @fault why this certificate does not prove that its holder is `expected` (RFC 5922 §7.3) */
  judge(certificate: CertificateNames, expected: string): Result<readonly string[], string>;
}

/** A handshake of an accepted connection that went well. */
export interface Secured {
  readonly socket: TLSSocket;
  /** What the client's certificate proves; undefined where none was shown. */
  readonly provenNames: readonly string[] | undefined;
}

/** Makes the server's side of handshakes on sockets that were accepted already. */
export interface TlsHandshakes {
  /** @param done called once, unless the socket closes before */
  begin(socket: Socket, done: (outcome: Result<Secured, string>) => void): void;
}

export function createHandshakes(policy: TlsPolicy): TlsHandshakes {
  const waiting = new Map<string, (outcome: Result<Secured, string>) => void>();
  let server: Server | undefined;
  let madeOf: TlsCredentials | undefined;
  let asks: Asking = 'none';

  const settle = (socket: Socket, outcome: Result<Secured, string>): void => {
    const done = waiting.get(nameOf(socket));
    if (done === undefined) socket.destroy();
    else done(outcome);
  };

  /** A server that does not listen: it is handed connections. Made anew when the certificates are. */
  const current = (): Server => {
    const credentials = policy.credentials();
    const asked = policy.clientCertificates;
    if (server !== undefined && madeOf === credentials && asks === asked) return server;
    asks = asked;
    madeOf = credentials;
    server = createServer({
      ...credentials.certificates[0]?.options,
      SNICallback: (name, choose) => choose(null, credentials.certificateFor(name)?.context),
      requestCert: asked !== 'none',
      rejectUnauthorized: false,
      // The deadline of the handshake is the reader's, who knows time.
      handshakeTimeout: 2_147_483_647,
    });
    server.on('secureConnection', (socket) => settle(socket, admitted(policy, asked, socket)));
    server.on('tlsClientError', (error, socket) => settle(socket, fail(reasonOf(error))));
    return server;
  };

  return {
    begin(socket, done) {
      const name = nameOf(socket);
      const forget = (): void => {
        waiting.delete(name);
      };
      socket.once('close', forget);
      waiting.set(name, (outcome) => {
        forget();
        socket.off('close', forget);
        done(outcome);
      });
      current().emit('connection', socket);
    },
  };
}

/** A connection is told by its ends: the socket that comes out of a handshake is another object than the one that went in. */
const nameOf = (socket: Socket): string =>
  `${String(socket.remoteAddress)}|${String(socket.remotePort)}|${String(socket.localAddress)}|${String(socket.localPort)}`;

/** @param asked what was asked when the handshake began */
function admitted(policy: TlsPolicy, asked: Asking, socket: TLSSocket): Result<Secured, string> {
  if (asked === 'none') return ok({ socket, provenNames: undefined });
  const certificate = socket.getPeerX509Certificate();
  // A session resumed without a certificate counts as authorized: what counts is the certificate.
  const trusted = certificate !== undefined && socket.authorized;
  if (trusted) return ok({ socket, provenNames: policy.identities(namesOf(certificate)) });
  if (asked === 'ask') return ok({ socket, provenNames: undefined });
  return fail(certificate === undefined ? 'no client certificate' : `client certificate: ${reasonText(socket)}`);
}

const reasonText = (socket: TLSSocket): string => String(socket.authorizationError);

/** TLS as streams: what `handshakes` secures, and connections of ours. */
export function createTlsStreams(policy: TlsPolicy): {
  readonly listen: ListenStream;
  readonly connect: ConnectStream;
} {
  const handshakes = createHandshakes(policy);
  return {
    listen: (at, options, acceptor) =>
      policy.credentials().certificates.length === 0
        ? Promise.resolve(fail('no certificate is configured (tls.certificates)'))
        : listenSockets(at, options, acceptor, (socket, remote) => {
            const stream = new NetSocket(socket, remote, true);
            const reader = acceptor.onConnection(stream);
            if (reader === undefined) {
              socket.destroy();
              return;
            }
            stream.read(reader);
            handshakes.begin(socket, (outcome) => {
              if (outcome.ok) stream.adopt(outcome.value.socket, outcome.value.provenNames);
              else stream.refuse(outcome.fault);
            });
          }),
    connect(to, options, reader, domain) {
      const expected = domain ?? to.host;
      const verify = policy.verifyServers;
      const socket = connectSecurely({
        host: to.host,
        port: to.port,
        secureContext: policy.credentials().ownContext,
        rejectUnauthorized: verify,
        // The rules are those of SIP, not those of HTTP (RFC 5922 §7.2); judged below.
        checkServerIdentity: () => undefined,
        ...(isIP(expected) === 0 ? { servername: expected } : {}),
      });
      socket.setNoDelay(true).setKeepAlive(options.probeAfter > 0, options.probeAfter);
      const stream = new NetSocket(socket, to);
      stream.hold();
      stream.read(reader, false);
      socket.once('secureConnect', () => {
        const certificate = socket.getPeerX509Certificate();
        if (!verify) stream.proved(undefined);
        else if (certificate === undefined) stream.refuse('no server certificate');
        else {
          const judged = policy.judge(namesOf(certificate), expected);
          if (judged.ok) stream.proved(judged.value);
          else stream.refuse(judged.fault);
        }
      });
      return stream;
    },
  };
}
