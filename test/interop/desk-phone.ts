import { startBaresip } from './baresip.ts';
import { startLinphone } from './linphone.ts';
import { eventually } from './programs.ts';

/** A phone that people have on their desk, as a test handles it: one call at a time. */
export interface DeskPhone {
  /** Waits until it says that it is registered. */
  registered(): Promise<void>;
  call(target: string): Promise<void>;
  /** Waits until it rings, and answers. */
  answer(): Promise<void>;
  /** Waits until it says that the call is established. */
  established(): Promise<void>;
  hangUp(): Promise<void>;
  /** Waits until it says that the call is over. */
  over(): Promise<void>;
  stop(): Promise<void>;
}

export interface DeskPhoneConfig {
  readonly folder: string;
  readonly user: string;
  readonly password: string;
  readonly server: { readonly host: string; readonly port: number };
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly authority: string;
}

/** Waits for the next time, after the last one that was waited for, that a program prints something. */
function createListening(user: string, output: () => string): (what: RegExp) => Promise<void> {
  let from = 0;
  return (what) =>
    eventually(
      `${user} prints ${String(what)}; it printed ${output().slice(from)}`,
      () => {
        const found = what.exec(output().slice(from));
        if (found === null) return false;
        from += found.index + found[0].length;
        return true;
      },
      6000,
    );
}

export async function openBaresip(config: DeskPhoneConfig): Promise<DeskPhone> {
  const baresip = await startBaresip(config);
  const hears = createListening(config.user, baresip.output);
  return {
    registered: () =>
      eventually(`${config.user} registered`, async () => / OK /.test(await baresip.command('reginfo'))),
    async call(target) {
      await baresip.command('dial', target);
    },
    async answer() {
      await hears(/Incoming call from/);
      await baresip.command('accept');
    },
    established: () => hears(/Call established: /),
    async hangUp() {
      await baresip.command('hangup');
    },
    over: () => hears(/\(CALL_CLOSED\)/),
    stop: () => baresip.stop(),
  };
}

export async function openLinphone(config: DeskPhoneConfig): Promise<DeskPhone> {
  const linphone = await startLinphone(config);
  const hears = createListening(config.user, linphone.output);
  return {
    async registered() {
      await eventually(`${config.user} registered`, () => {
        linphone.command('register-status ALL');
        return linphone.output().includes('LinphoneRegistrationOk');
      });
    },
    call: async (target) => linphone.command(`call ${target}`),
    async answer() {
      await hears(/Event: LinphoneCallIncomingReceived/);
      linphone.command('answer');
    },
    established: () => hears(/Event: LinphoneCallStreamsRunning/),
    hangUp: async () => linphone.command('terminate'),
    over: () => hears(/Event: LinphoneCallReleased/),
    stop: () => linphone.stop(),
  };
}
