import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attribute, element } from '../../../xml/element.ts';
import type { XmlElement } from '../../../xml/element.ts';
import { readXml } from '../../../xml/read.ts';
import { createXmlWriter } from '../../../xml/write.ts';

const write = createXmlWriter({ default: 'urn:a', fixed: new Map([['urn:known', 'k']]) });
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

function rewritten(text: string): string {
  const read = readXml(Buffer.from(text));
  assert.ok(read.ok);
  const again = write(read.value.root);
  assert.ok(again.startsWith(declaration));
  return again.slice(declaration.length);
}

test('known namespaces get their own prefixes, the default one none', () => {
  assert.equal(
    rewritten('<x:a xmlns:x="urn:a" xmlns:y="urn:known"><y:b/></x:a>'),
    '<a xmlns="urn:a" xmlns:k="urn:known"><k:b/></a>',
  );
});

test('a foreign namespace keeps its prefix when that is free, and gets a number otherwise', () => {
  assert.equal(rewritten('<a xmlns="urn:a"><p:b xmlns:p="urn:1"/></a>'), '<a xmlns="urn:a" xmlns:p="urn:1"><p:b/></a>');
  assert.equal(
    rewritten(
      '<a xmlns="urn:a"><p:b xmlns:p="urn:1"/><p:b xmlns:p="urn:2"/><c xmlns="urn:3"/><k:d xmlns:k="urn:4"/></a>',
    ),
    '<a xmlns="urn:a" xmlns:p="urn:1" xmlns:ns1="urn:2" xmlns:ns2="urn:3" xmlns:ns3="urn:4"><p:b/><ns1:b/><ns2:c/><ns3:d/></a>',
  );
});

test('elements without namespace stay without (Namespaces in XML §6.2)', () => {
  const text = '<a xmlns="urn:a"><b xmlns=""><c/><a xmlns="urn:a"/></b></a>';
  assert.equal(rewritten(text), text);
});

test('attributes keep their namespaces, xml: and the default one among them (RFC 3863 §4.3.3)', () => {
  const text = '<a xmlns="urn:a" xmlns:k="urn:known" xmlns:p="urn:a" xml:lang="en" k:b="1" p:c="2"/>';
  assert.equal(rewritten(text), text);
});

test('prefixes inside values stay bound', () => {
  const read = rewritten(
    '<a xmlns="urn:a" xmlns:q="urn:q" xmlns:k="urn:known" type="q:kind"><b>k:c</b><d>sip:x</d></a>',
  );
  assert.match(read, /xmlns:q="urn:q"/);
  assert.match(read, /xmlns:k="urn:known"/);
  assert.doesNotMatch(read, /xmlns:sip/);
});

test('escapes what would be read as something else (XML 1.0 §2.4, §3.3.3)', () => {
  const hostile = '<&>"\'\r\n\t]]>\u0000\ufffe';
  const root = element('urn:a', 'a', { b: hostile }, [hostile]);
  const read = readXml(Buffer.from(write(root)));
  assert.ok(read.ok);
  assert.equal(read.value.root.attributes[0]?.value, '<&>"\'\r\n\t]]>\ufffd\ufffd');
  assert.deepEqual(read.value.root.children, ['<&>"\'\r\n\t]]>\ufffd\ufffd']);
});

test('an element made here with a foreign namespace is written with a lawful prefix', () => {
  const root: XmlElement = { ...element('urn:a', 'a'), attributes: [attribute('urn:1', 'b', '', 'xmlish')] };
  assert.equal(write(root), `${declaration}<a xmlns="urn:a" xmlns:ns1="urn:1" ns1:b=""/>`);
});
