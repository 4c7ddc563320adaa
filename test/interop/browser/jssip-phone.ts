import JsSIP from 'jssip';
import { type BrowserCall, createArrivals, type OpenBrowserPhone, within } from './browser-phone.ts';

/** Of JsSIP's sessions what is used here; its own types speak of the DOM. */
interface Session {
  readonly direction: string;
  answer(options: object): void;
  terminate(): void;
  isEnded(): boolean;
  on(event: string, listener: (event: { readonly cause?: unknown }) => void): unknown;
}

/** A stream without tracks: with one given, JsSIP asks for no microphone. */
const silence = { getTracks: () => [], getAudioTracks: () => [], getVideoTracks: () => [] };

/** JsSIP 3.13. */
export const openJsSip: OpenBrowserPhone = async ({ user, domain, password, url }) => {
  const agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(url)],
    uri: `sip:${user}@${domain}`,
    password,
    register: false,
    session_timers: false,
  });
  const incoming = createArrivals<Session>(`a call for ${user}`);
  const messages = createArrivals<string>(`a message for ${user}`);
  agent.on('newRTCSession', (event: { readonly session: unknown }) => {
    const session = event.session as Session;
    if (session.direction === 'incoming') incoming.put(session);
  });
  agent.on('newMessage', (event: { readonly originator: unknown; readonly request: unknown }) => {
    const { body } = event.request as { readonly body?: unknown };
    if (event.originator === 'remote') messages.put(String(body));
  });
  const connected = new Promise<void>((resolve) => agent.on('connected', () => resolve()));
  agent.start();
  await within(`${url} connected`, connected);
  return {
    register: () =>
      within(
        `${user} registered`,
        new Promise((resolve, reject) => {
          agent.on('registered', () => resolve());
          agent.on('registrationFailed', ({ cause }) => reject(new Error(String(cause))));
          agent.register();
        }),
      ),
    unregister: () =>
      within(
        `${user} unregistered`,
        new Promise((resolve) => {
          agent.on('unregistered', () => resolve());
          agent.unregister();
        }),
      ),
    call: (target) => {
      const options = { mediaConstraints: { audio: true, video: false }, mediaStream: silence };
      return established(agent.call(target, options));
    },
    async answerNext() {
      const session = await incoming.next();
      const call = established(session);
      session.answer({ mediaStream: silence });
      return call;
    },
    message: (target, text) =>
      within(
        `the message of ${user} is accepted`,
        new Promise((resolve, reject) => {
          const eventHandlers = {
            succeeded: () => resolve(),
            failed: ({ cause }: { readonly cause?: unknown }) => reject(new Error(String(cause))),
          };
          agent.sendMessage(target, text, { eventHandlers });
        }),
      ),
    nextMessage: () => messages.next(),
    watch(target) {
      const documents = createArrivals<string>(`a NOTIFY of ${target}`);
      const subscriber = agent.subscribe(target, 'presence', 'application/pidf+xml', { expires: 600 });
      subscriber.on('notify', (_isFinal: boolean, _request: unknown, body: string | undefined) => {
        documents.put(body ?? '');
      });
      const terminated = new Promise<void>((resolve) => subscriber.on('terminated', () => resolve()));
      subscriber.subscribe();
      return {
        nextNotify: () => documents.next(),
        end: () => {
          subscriber.terminate();
          return within(`the last NOTIFY of ${target}`, terminated);
        },
      };
    },
    async close() {
      const disconnected = new Promise<void>((resolve) => agent.on('disconnected', () => resolve()));
      agent.stop();
      await within(`${user} disconnected`, disconnected);
    },
  };
};

function established(session: Session): Promise<BrowserCall> {
  const ended = new Promise<void>((resolve) => {
    session.on('ended', () => resolve());
    session.on('failed', () => resolve());
  });
  return within(
    'the call is established',
    new Promise((resolve, reject) => {
      session.on('confirmed', () => resolve({ hangUp: () => session.terminate(), ended: within('the end', ended) }));
      session.on('failed', ({ cause }) => reject(new Error(String(cause))));
    }),
  );
}
