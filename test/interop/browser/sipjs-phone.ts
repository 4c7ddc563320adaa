import {
  type Invitation,
  Inviter,
  Messager,
  Registerer,
  RegistererState,
  type Session,
  type SessionDescriptionHandler,
  SessionState,
  Subscriber,
  SubscriptionState,
  type URI,
  UserAgent,
} from 'sip.js';
import { type BrowserCall, createArrivals, type OpenBrowserPhone, within } from './browser-phone.ts';
import { standInSdp } from './web-globals.ts';

/** SIP.js asks for its offers and answers through a port of its own: no browser is needed for it. */
function standInDescriptions(): SessionDescriptionHandler {
  let hasOffer = false;
  return {
    close: () => undefined,
    getDescription: async () => ({
      body: standInSdp(hasOffer ? 'active' : 'actpass'),
      contentType: 'application/sdp',
    }),
    hasDescription: (contentType) => contentType === 'application/sdp',
    async setDescription() {
      hasOffer = true;
    },
    sendDtmf: () => false,
  };
}

const uriOf = (text: string): URI => {
  const uri = UserAgent.makeURI(text);
  if (uri === undefined) throw new Error(`no URI: ${text}`);
  return uri;
};

/** SIP.js 0.21. */
export const openSipJs: OpenBrowserPhone = async ({ user, domain, password, url }) => {
  const incoming = createArrivals<Invitation>(`a call for ${user}`);
  const messages = createArrivals<string>(`a message for ${user}`);
  const agent = new UserAgent({
    uri: uriOf(`sip:${user}@${domain}`),
    transportOptions: { server: url },
    authorizationUsername: user,
    authorizationPassword: password,
    sessionDescriptionHandlerFactory: standInDescriptions,
    logBuiltinEnabled: false,
    delegate: {
      onInvite: (invitation) => incoming.put(invitation),
      onMessage: (message) => {
        messages.put(message.request.body);
        void message.accept();
      },
    },
  });
  await within(`${url} connected`, agent.start());
  const registerer = new Registerer(agent, { expires: 600 });
  const reached = (state: RegistererState): Promise<void> =>
    within(
      `${user} is ${state}`,
      new Promise((resolve) => {
        registerer.stateChange.addListener((now) => {
          if (now === state) resolve();
        });
      }),
    );
  return {
    async register() {
      const registered = reached(RegistererState.Registered);
      await registerer.register();
      await registered;
    },
    async unregister() {
      const unregistered = reached(RegistererState.Unregistered);
      await registerer.unregister();
      await unregistered;
    },
    async call(target) {
      const inviter = new Inviter(agent, uriOf(target));
      const call = established(inviter, () => void inviter.bye());
      await inviter.invite();
      return call;
    },
    async answerNext() {
      const invitation = await incoming.next();
      const call = established(invitation, () => void invitation.bye());
      await invitation.accept();
      return call;
    },
    message: (target, text) =>
      within(
        `the message of ${user} is accepted`,
        new Promise((resolve, reject) => {
          const requestDelegate = {
            onAccept: () => resolve(),
            onReject: ({ message }: { readonly message: { readonly statusCode?: number | undefined } }) =>
              reject(new Error(String(message.statusCode))),
          };
          void new Messager(agent, uriOf(target), text).message({ requestDelegate });
        }),
      ),
    nextMessage: () => messages.next(),
    watch(target) {
      const documents = createArrivals<string>(`a NOTIFY of ${target}`);
      const subscriber = new Subscriber(agent, uriOf(target), 'presence', { expires: 600 });
      subscriber.delegate = {
        onNotify: (notification) => {
          if (notification.request.body !== '') documents.put(notification.request.body);
          void notification.accept();
        },
      };
      const terminated = new Promise<void>((resolve) => {
        subscriber.stateChange.addListener((state) => {
          if (state === SubscriptionState.Terminated) resolve();
        });
      });
      void subscriber.subscribe();
      return {
        nextNotify: () => documents.next(),
        async end() {
          await subscriber.unsubscribe();
          await within(`the last NOTIFY of ${target}`, terminated);
        },
      };
    },
    close: () => within(`${user} disconnected`, agent.stop()),
  };
};

function established(session: Session, hangUp: () => void): Promise<BrowserCall> {
  return within(
    'the call is established',
    new Promise((resolve, reject) => {
      let hasEnded: () => void = () => undefined;
      const ended = new Promise<void>((end) => {
        hasEnded = end;
      });
      session.stateChange.addListener((state) => {
        if (state === SessionState.Established) resolve({ hangUp, ended: within('the end', ended) });
        if (state !== SessionState.Terminated) return;
        reject(new Error('the call was refused'));
        hasEnded();
      });
    }),
  );
}
