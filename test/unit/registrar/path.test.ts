import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { alice, createRegistrarBed, valuesOf } from '../../support/registrar-bed.ts';

const contact = 'Contact: <sip:alice@192.0.2.7>';
const supported = 'Supported: PATH';

test('a Path is stored in its order, told back, and leads to the contact (RFC 3327 §5.3)', async () => {
  const { register, registrar } = await createRegistrarBed();
  const reply = await register(
    contact,
    supported,
    'Path: <sip:p3.example.net;lr>, <sip:p2.example.net;lr>;x="a,b"',
    'Path: "Edge, one" <sip:p1.example.org;lr>',
  );
  const values = ['<sip:p3.example.net;lr>', '<sip:p2.example.net;lr>;x="a,b"', '"Edge, one" <sip:p1.example.org;lr>'];
  assert.deepEqual(valuesOf(reply, 'Path'), [values.join(', ')]);
  assert.deepEqual(registrar.locations.targets(alice)[0]?.path, values);
});

test('a refresh without Path forgets it (RFC 3327 §5.3)', async () => {
  const { register, registrar } = await createRegistrarBed();
  await register(contact, supported, 'Path: <sip:p1.example.org;lr>');
  assert.deepEqual(valuesOf(await register(contact), 'Path'), []);
  assert.deepEqual(registrar.locations.targets(alice)[0]?.path, []);
});

test('420 for a Path that the client knows nothing of, unless it is to be taken (RFC 3327 §5.3)', async () => {
  const bed = await createRegistrarBed();
  const path = 'Path: <sip:p1.example.org;lr>';
  const refused = await bed.send({ headers: [contact, path, 'Supported: outbound'] });
  assert.deepEqual([refused.status, valuesOf(refused, 'Unsupported')], [420, ['path']]);
  assert.deepEqual(bed.registrar.bindings.of(alice), []);
  bed.config.pathUnsupported = 'accept';
  assert.equal(valuesOf(await bed.register(contact, path), 'Path').length, 1);
});

test('400 for a Path that is no route, or is too long (kernel/limits.ts)', async () => {
  const { send } = await createRegistrarBed();
  const long = `<sip:${'x'.repeat(limits.pathLengthMax)}.example;lr>`;
  for (const path of ['sip:p1.example.org;lr', '<tel:1>', '<sip:', '', 'x, <sip:p.example;lr>', long]) {
    assert.equal((await send({ headers: [contact, supported, `Path: ${path}`] })).status, 400, path);
  }
});

test('Service-Route is told as it is set, to who registers and to who asks (RFC 3608 §6.3)', async () => {
  const { register } = await createRegistrarBed({ serviceRoute: ['sip:a.example.com;lr', 'sip:b.example.com;lr'] });
  const routes = ['<sip:a.example.com;lr>', '<sip:b.example.com;lr>'];
  assert.deepEqual(valuesOf(await register(contact), 'Service-Route'), routes);
  assert.deepEqual(valuesOf(await register(), 'Service-Route'), routes);
});
