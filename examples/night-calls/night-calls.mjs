/**
 * A step: at night calls do not ring, unless they are urgent.
 *
 * @typedef {import('pharos/extension').ExtensionContext} ExtensionContext
 * @typedef {import('pharos/extension').PlacedStep} PlacedStep
 * @typedef {import('pharos/extension').ProxyCall} ProxyCall
 */

/** Minutes since midnight of `22:30`; throws on what is no time of day, which ends the start with that sentence. */
function minutesOf(text, what) {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined) throw new Error(`${what} is ${text}, but takes a time of day such as 22:30`);
  return Number(hours) * 60 + Number(minutes);
}

/**
 * A factory: called once, at the start, with what the server gives to extensions.
 *
 * @param {ExtensionContext} context
 * @returns {readonly PlacedStep[]}
 */
export function steps({ clock, meter, settings }) {
  const from = minutesOf(settings.from ?? '22:00', 'night-calls.from');
  const until = minutesOf(settings.until ?? '07:00', 'night-calls.until');
  const offset = Number(settings.utcOffsetMinutes ?? 0);
  if (!Number.isInteger(offset)) throw new Error('night-calls.utcOffsetMinutes takes a whole number of minutes');
  const silenced = meter.counter('pharos_night_calls_total', 'Calls that did not ring at night');

  /** The clock of the server is an argument too, so that a test can set it. */
  const isNight = () => {
    const minute = (Math.floor(clock.now() / 60_000) + offset) % 1440;
    return from < until ? minute >= from && minute < until : minute >= from || minute < until;
  };

  return [
    {
      name: 'night-calls',
      doc: 'Answers 480 to calls at night, unless their Priority is urgent or emergency.',
      // Who calls is known by then, where it would ring is not: this is also where it stands when nothing is said.
      before: 'location',
      /** @param {ProxyCall} call */
      run(call) {
        const { method, headers, to } = call.incoming.request;
        // Only what begins a call to a user of ours; a re-INVITE has a To tag.
        if (method !== 'INVITE' || call.localAor === undefined || to.tag !== undefined) return 'next';
        const priority = (headers.first('priority') ?? 'normal').toLowerCase();
        if (priority === 'urgent' || priority === 'emergency' || !isNight()) return 'next';
        silenced.add();
        call.note('it is night');
        return { reply: { status: 480, reason: 'Asleep', headers: [['Retry-After', '3600']] } };
      },
    },
  ];
}
