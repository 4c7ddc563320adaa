import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { type DeskPhone, openBaresip, openLinphone } from './desk-phone.ts';
import { missing } from './programs.ts';
import { openStage, passwordOf, type Stage } from './stage.ts';

const transports = ['udp', 'tcp', 'tls'] as const;
type Transport = (typeof transports)[number];
const programs = { baresip: openBaresip, linphone: openLinphone } as const;
type Program = keyof typeof programs;
const userOf = (program: Program, transport: Transport): string => `${program}-${transport}`;

describe('baresip and linphone', { skip: missing('baresip', 'linphone-daemon') }, () => {
  const phones = new Map<string, DeskPhone>();
  let authority: Authority;
  let stage: Stage;
  const phone = (program: Program, transport: Transport): DeskPhone => {
    const found = phones.get(userOf(program, transport));
    if (found === undefined) throw new Error(`${program} did not start`);
    return found;
  };

  before(async () => {
    authority = createAuthority();
    // COMPAT(linphone 5.1, 2026): it wants an address among the DNS names, not among the addresses (RFC 5280 §4.2.1.6).
    const { chain, key } = authority.issue({ addresses: ['127.0.0.1'], dns: ['example.org', '127.0.0.1'] });
    const lines = transports.flatMap((transport) => [userOf('baresip', transport), userOf('linphone', transport)]);
    stage = await openStage({
      users: lines,
      listen: transports.map((transport) => `${transport}:127.0.0.1:0`),
      set: [`tls.certificates=${chain}:${key}`],
    });
    const open = async (program: Program, transport: Transport): Promise<void> => {
      const user = userOf(program, transport);
      const [folder, server] = [join(stage.folder, user), stage.at(`${transport}4`)];
      const account = { user, password: passwordOf(user) };
      phones.set(user, await programs[program]({ ...account, folder, server, transport, authority: authority.file }));
    };
    await Promise.all(transports.flatMap((transport) => [open('baresip', transport), open('linphone', transport)]));
  });

  after(async () => {
    await Promise.all([...phones.values()].map((one) => one.stop()));
    await stage.close();
    authority.remove();
  });

  const play = async (
    [from, over]: readonly [Program, Transport],
    [to, otherOver]: readonly [Program, Transport],
    hangsUp: 'caller' | 'callee',
  ): Promise<void> => {
    const [caller, callee] = [phone(from, over), phone(to, otherOver)];
    await caller.call(`sip:${userOf(to, otherOver)}@example.org`);
    await callee.answer();
    await Promise.all([caller.established(), callee.established()]);
    await (hangsUp === 'caller' ? caller : callee).hangUp();
    await Promise.all([caller.over(), callee.over()]);
  };

  for (const transport of transports) {
    test(`${transport}: both register with digest (RFC 3261 §22)`, async () => {
      await Promise.all([phone('baresip', transport).registered(), phone('linphone', transport).registered()]);
    });

    for (const hangsUp of ['caller', 'callee'] as const) {
      test(`${transport}: baresip calls linphone, the ${hangsUp} hangs up (RFC 3261 §16)`, async () => {
        await play(['baresip', transport], ['linphone', transport], hangsUp);
      });
      test(`${transport}: linphone calls baresip, the ${hangsUp} hangs up (RFC 3261 §16)`, async () => {
        await play(['linphone', transport], ['baresip', transport], hangsUp);
      });
    }
  }

  test('linphone over TLS calls baresip over UDP (RFC 3261 §16.6)', async () => {
    await play(['linphone', 'tls'], ['baresip', 'udp'], 'callee');
  });

  test('baresip over TCP calls linphone over TLS (RFC 3261 §16.6)', async () => {
    await play(['baresip', 'tcp'], ['linphone', 'tls'], 'caller');
  });
});
