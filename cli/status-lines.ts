import type { Status } from '../admin/status.ts';

/** The server at a glance, for a person: one screen. */
export function statusLines(status: Status): readonly string[] {
  const { rates, queues, process } = status;
  const rows: readonly (readonly [name: string, text: string])[] = [
    ['domains', status.domains.join(', ')],
    ['listening', status.listening.join(', ')],
    ['database', `${status.database}, ${counted(queues.changesWaiting, 'change')} waiting for the disk`],
    ['registrations', grouped(status.registrations)],
    ['subscriptions', subscriptionsText(status.subscriptions)],
    ['publications', grouped(status.publications)],
    ['connections', named(status.connections)],
    ['transactions', named(status.transactions)],
    [
      'messages',
      `${perSecond(rates.received)} received, ${perSecond(rates.sent)} sent, ${perSecond(rates.malformed)} malformed`,
    ],
    ['requests', ratesText(rates.requests)],
    ['responses', ratesText(rates.responses)],
    ['refused', `${perSecond(rates.overload)} for overload`],
    ['NOTIFYs', `${grouped(queues.notifiesInFlight)} in flight, ${grouped(queues.notifiesWaiting)} waiting`],
    [
      'process',
      `${grouped(Math.round(process.memoryBytes / 1_048_576))} MiB, processor ${percent(process.cpuShare)}, ` +
        `event loop busy ${percent(process.busyShare)}`,
    ],
  ];
  return [
    `Pharos ${status.version}, up ${lengthOfTime(status.uptimeSeconds)}; rates over ${status.intervalSeconds.toFixed(1)} s`,
    ...rows.map(([name, text]) => `  ${name.padEnd(14)} ${text}`),
  ];
}

function subscriptionsText(packages: Status['subscriptions']): string {
  const texts = Object.entries(packages).map(([name, states]) => `${name} ${named(states)}`);
  return texts.length === 0 ? 'none' : texts.join('; ');
}

function named(values: Readonly<Record<string, number>>): string {
  const texts = Object.entries(values).map(([name, value]) => `${grouped(value)} ${name}`);
  return texts.length === 0 ? 'none' : texts.join(', ');
}

function ratesText(rates: Readonly<Record<string, number>>): string {
  const texts = Object.entries(rates)
    .sort(([, one], [, other]) => other - one)
    .map(([name, rate]) => `${name} ${perSecond(rate)}`);
  return texts.length === 0 ? 'none' : texts.join(', ');
}

const perSecond = (rate: number): string => `${grouped(rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10)}/s`;
const percent = (share: number): string => `${String(Math.round(share * 100))} %`;
const counted = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
/** 1,234,567 in any locale. */
const grouped = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+(?!\d))(?<!\.\d*)/g, ',');

/** The two largest units: `3 d 4 h`. */
export function lengthOfTime(seconds: number): string {
  const units = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', seconds % 60],
  ] as const;
  const first = units.findIndex(([, count]) => count > 0);
  if (first < 0) return '0 s';
  return units
    .slice(first, first + 2)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => `${String(count)} ${unit}`)
    .join(' ');
}
