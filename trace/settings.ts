import type { Values } from '../config/section.ts';
import { flag, integer, section, text } from '../config/section.ts';
import { parseHostPort } from './host-port.ts';

/** Where what comes and goes is written down; all of it changes while the server runs. */
export const traceSection = section({
  captureFile: text({
    default: '',
    reload: 'live',
    doc:
      'File that every SIP message is written to as it comes and goes, for Wireshark (pcapng); empty: none. Messages of TLS ' +
      'and WebSocket stand in it as they were before encryption. Its owner alone may read it.',
  }),
  captureBytesMax: integer({
    default: 104_857_600,
    min: 1_048_576,
    max: 107_374_182_400,
    unit: 'bytes',
    reload: 'live',
    doc: 'Size at which the capture file is put aside, with .1 after its name, and a new one is begun.',
  }),
  captureFilesMax: integer({
    default: 5,
    min: 1,
    max: 1000,
    reload: 'live',
    doc: 'How many capture files are kept, the one being written included; the oldest goes.',
  }),
  hepServer: text({
    default: '',
    reload: 'live',
    accepts: "the address of a Homer server such as 'homer.example.org:9060' or '[2001:db8::9]:9060'",
    check: (value) =>
      value === '' || parseHostPort(value) !== undefined ? undefined : 'is not an address with a port: host:9060',
    doc: 'Server that every SIP message is sent a copy of, over UDP by HEP version 3 (Homer); empty: none.',
  }),
  hepNodeId: integer({
    default: 2001,
    min: 1,
    max: 4_294_967_295,
    reload: 'live',
    doc: 'Number by which Homer tells this server from others (capture agent id).',
  }),
  hepPassword: text({
    default: '',
    max: 128,
    secret: true,
    reload: 'live',
    doc: 'What Homer wants to see in each copy (authenticate key); empty: nothing.',
  }),
  secrets: flag({
    default: false,
    reload: 'live',
    doc:
      'Whether digest responses, tokens and the keys of SRTP stay readable in the capture file and in what Homer gets. ' +
      'Otherwise each of their characters becomes an x.',
  }),
});

export type TraceConfig = Values<typeof traceSection>;
