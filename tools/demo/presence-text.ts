/** What one device says of itself, as a PIDF document (RFC 3863, RFC 4480). */
export function presenceDocument(
  entity: string,
  device: string,
  says: { readonly basic: 'open' | 'closed'; readonly note: string; readonly activity?: string },
): string {
  const activity = says.activity === undefined ? '' : `<rpid:activities><rpid:${says.activity}/></rpid:activities>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"',
    `  xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="${entity}">`,
    `  <tuple id="${device}"><status><basic>${says.basic}</basic></status><note>${says.note}</note></tuple>`,
    ...(activity === '' ? [] : [`  <dm:person id="p-${device}">${activity}</dm:person>`]),
    '</presence>',
  ].join('\n');
}

/** A presence document as a person would say it: `2 devices: open "At my desk", open "Train"`. */
export function presenceInWords(text: string): string {
  const devices = [...text.matchAll(/<tuple\b[\s\S]*?<\/tuple>/g)].map(([tuple]) => {
    const basic = /<basic>(\w+)<\/basic>/.exec(tuple)?.[1] ?? 'unknown';
    const note = /<note[^>]*>([^<]*)<\/note>/.exec(tuple)?.[1];
    return note === undefined ? basic : `${basic} "${note}"`;
  });
  const activities = [...text.matchAll(/<rpid:activities[^>]*>([\s\S]*?)<\/rpid:activities>/g)].flatMap(
    ([, inner = '']) => [...inner.matchAll(/<rpid:([\w-]+)/g)].map(([, name = '']) => name),
  );
  const count = devices.length === 1 ? '1 device' : `${String(devices.length)} devices`;
  const doing = activities.length === 0 ? '' : `; doing: ${activities.join(', ')}`;
  return devices.length === 0 ? 'nothing known' : `${count}: ${devices.join(', ')}${doing}`;
}
