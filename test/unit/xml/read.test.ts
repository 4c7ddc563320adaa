import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { XmlElement } from '../../../xml/element.ts';
import { elementsOf, textOf } from '../../../xml/element.ts';
import type { XmlFault } from '../../../xml/fault.ts';
import { namespaceOf } from '../../../xml/namespaces.ts';
import type { XmlDocument } from '../../../xml/read.ts';
import { readXml } from '../../../xml/read.ts';
import type { PlainElement } from '../../support/libxml2-tree.ts';
import { libxml2Tree } from '../../support/libxml2-tree.ts';
import { isWellFormed } from '../../support/xsd.ts';

function good(text: string | Buffer): XmlDocument {
  const read = readXml(Buffer.from(text));
  if (!read.ok) throw new Error(`${read.fault.text} at ${String(read.fault.line)}:${String(read.fault.column)}`);
  return read.value;
}

function bad(text: string | Buffer): XmlFault {
  const read = readXml(Buffer.from(text));
  assert.ok(!read.ok, 'the document was taken');
  return read.fault;
}

test('reads elements, attributes and text in order, with namespaces resolved (Namespaces in XML §6)', () => {
  const { root } = good(
    '<?xml version="1.0"?><a xmlns="urn:a" xmlns:b="urn:b" c="1" b:c="2"><b:d/>x<e xmlns=""/>y</a>',
  );
  assert.deepEqual([root.namespace, root.local, root.prefix], ['urn:a', 'a', '']);
  assert.deepEqual(root.attributes, [
    { namespace: '', local: 'c', prefix: '', value: '1' },
    { namespace: 'urn:b', local: 'c', prefix: 'b', value: '2' },
  ]);
  const parts = root.children.map((child) => (typeof child === 'string' ? child : `${child.namespace} ${child.local}`));
  assert.deepEqual(parts, ['urn:b d', 'x', ' e', 'y']);
});

test('resolves references and CDATA, and joins the text around comments (XML 1.0 §4.6)', () => {
  const { root } = good(
    '<a b="&quot;&#x41;&apos;">1&lt;2<!-- < & --><![CDATA[<&amp;>]]>&#66;<?p don\'t?>&amp;amp;</a>',
  );
  assert.deepEqual(root.children, ['1<2<&amp;>B&amp;']);
  assert.equal(root.attributes[0]?.value, '"A\'');
});

test('normalizes line ends and white space in attribute values (XML 1.0 §2.11, §3.3.3)', () => {
  const { root } = good('<a b="1\r\n2\t3&#10;4">x\r\ny\rz</a>');
  assert.equal(root.attributes[0]?.value, '1 2 3\n4');
  assert.deepEqual(root.children, ['x\ny\nz']);
});

test('drops white space that lays elements out, and keeps it beside text', () => {
  assert.deepEqual(
    elementsOf(good('<a>\n <b/>\n <c> </c>\n</a>').root).map(({ children }) => children),
    [[], [' ']],
  );
  assert.equal(good('<a>\n <b/>\n</a>').root.children.length, 1);
  assert.deepEqual(
    good('<a>x<b/> <c/> y</a>').root.children.map((child) => (typeof child === 'string' ? child : '<>')),
    ['x', '<>', ' ', '<>', ' y'],
  );
});

test('takes UTF-8 with and without mark and refuses other encodings (RFC 7303 §3)', () => {
  assert.equal(textOf(good('\ufeff<?xml version="1.0" encoding=\'utf-8\'?><a>Ж\u{1F600}</a>').root), 'Ж\u{1F600}');
  assert.equal(bad('<?xml version="1.0" encoding="ISO-8859-1"?><a/>').kind, 'encoding');
  assert.equal(bad(Buffer.from('\ufeff<a/>', 'utf16le')).kind, 'encoding');
  assert.equal(bad(Buffer.from('<a/>', 'utf16le')).kind, 'encoding');
  assert.equal(bad(Buffer.from('<a>\xe9</a>', 'latin1')).kind, 'malformed');
  assert.equal(bad(Buffer.from('<?xml version="1.0" encoding="latin1"?><a>\xe9</a>', 'latin1')).kind, 'encoding');
});

test('remembers the prefixes in force, for names inside text', () => {
  const [inner] = elementsOf(good('<a xmlns:p="urn:1"><b xmlns:p="urn:2"/></a>').root);
  assert.equal(namespaceOf(inner?.scope, 'p'), 'urn:2');
  assert.equal(namespaceOf(inner?.scope, 'q'), undefined);
});

test('names the place of a fault by line and column', () => {
  const place = ({ line, column }: XmlFault): readonly number[] => [line, column];
  assert.deepEqual(place(bad('<a>\n <b></c>\n</a>')), [2, 5]);
  assert.deepEqual(place(bad('<a>\n <b>\n')), [3, 1]);
  assert.deepEqual(place(bad('<a>\n &nbsp;</a>')), [2, 2]);
  assert.deepEqual(place(bad('<a>\n  <p:b/></a>')), [2, 3]);
});

test('a fault text is fit for a header field, whatever the document contains', () => {
  for (const document of [
    '<a></\u00e9">',
    '<a></b\u0416\u0416>',
    `<a></${'x'.repeat(5000)}>`,
    '<a "\r\nEvil: yes"/>',
  ]) {
    const { text } = bad(document);
    assert.match(text, /^[ !#-[\]-~]{1,100}$/);
  }
});

const malformed: readonly (readonly [title: string, text: string])[] = [
  ['nothing', ''],
  ['no element', '<?xml version="1.0"?>'],
  ['text before the root', 'x<a/>'],
  ['two roots', '<a/><b/>'],
  ['text after the root', '<a/>x'],
  ['an unclosed element', '<a><b></a>'],
  ['an end tag with attributes', '<a></a b="">'],
  ['an end tag that is longer', '<a></ab>'],
  ['an end tag that is shorter', '<ab></a>'],
  ['an attribute without value', '<a b/>'],
  ['an attribute without quotes', '<a b=c/>'],
  ['attributes without space between', '<a b="1"c="2"/>'],
  ['an attribute twice', '<a b="1" b="2"/>'],
  ['an attribute twice by namespace', '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>'],
  ['< in an attribute value', '<a b="<"/>'],
  ['an unknown entity', '<a>&nbsp;</a>'],
  ['a bare ampersand', '<a>a & b</a>'],
  ['a reference to a forbidden character', '<a>&#0;</a>'],
  ['a control character', '<a>\u0001</a>'],
  ['NUL', '<a>\u0000</a>'],
  [']]> in text', '<a>]]></a>'],
  ['-- in a comment', '<a><!-- -- --></a>'],
  ['an unclosed comment', '<a><!-- </a>'],
  ['an unclosed CDATA section', '<a><![CDATA[ </a>'],
  ['an unclosed instruction', '<a><?x </a>'],
  ['a second XML declaration', '<a><?xml version="1.0"?></a>'],
  ['an XML declaration after white space', ' <?xml version="1.0"?><a/>'],
  ['an unbound prefix', '<p:a/>'],
  ['an unbound attribute prefix', '<a p:b=""/>'],
  ['two colons', '<a xmlns:b="u"><b:c:d/></a>'],
  ['an undeclared prefix', '<a xmlns:p=""/>'],
  ['a declaration of no prefix', '<a xmlns:="urn:x"/>'],
  ['a declaration of two prefixes', '<a xmlns:b:c="urn:x"/>'],
  ['a stolen xml prefix', '<a xmlns:xml="urn:x"/>'],
  ['a name that begins with a digit', '<1a/>'],
  ['a space before the name', '< a/>'],
  ['a slash inside a tag', '<a / b=""/>'],
];
for (const [title, text] of malformed) {
  test(`refuses ${title} (XML 1.0 §2)`, () => {
    assert.equal(bad(text).kind, 'malformed');
    assert.equal(isWellFormed(Buffer.from(text)), false, 'libxml2 agrees');
  });
}

test('refuses document types, and so entities of every kind', () => {
  assert.equal(bad('<!DOCTYPE a><a/>').kind, 'forbidden');
  assert.equal(bad('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>').kind, 'forbidden');
  const laughs = Array.from(
    { length: 9 },
    (_, n) => `<!ENTITY l${String(n + 1)} "${`&l${String(n)};`.repeat(10)}">`,
  ).join('');
  assert.equal(bad(`<!DOCTYPE a [<!ENTITY l0 "lol">${laughs}]><a>&l9;</a>`).kind, 'forbidden');
});

test('names that are properties of every object are plain names', () => {
  assert.equal(good('<a toString="1" hasOwnProperty="2"><valueOf/></a>').root.attributes.length, 2);
  for (const text of ['<__proto__ a="1"/>', '<a __proto__="1"/>', '<constructor a="1"/>'])
    assert.equal(good(text).root.attributes.length, 1);
  assert.equal(({} as Record<string, unknown>)['a'], undefined);
});

const bounds = { bytesMax: 4_000_000, depthMax: 64, elementsMax: 20_000, attributesMax: 64 };
const hostile: readonly (readonly [title: string, text: string, kind: XmlFault['kind'] | 'taken'])[] = [
  ['100,000 nested elements', '<a>'.repeat(100_000), 'too-large'],
  ['100,000 elements', `<a>${'<b/>'.repeat(100_000)}</a>`, 'too-large'],
  ['20,000 attributes', `<a ${Array.from({ length: 20_000 }, (_, n) => `b${String(n)}=""`).join(' ')}/>`, 'too-large'],
  ['an attribute of 1 MB', `<a b="${'x'.repeat(1_000_000)}"/>`, 'taken'],
  ['an attribute of 1 MB that does not end', `<a b="${'x'.repeat(1_000_000)}`, 'malformed'],
  ['500,000 lone ampersands', `<a>${'&'.repeat(500_000)}</a>`, 'malformed'],
  ['200,000 references', `<a>${'&lt;'.repeat(200_000)}</a>`, 'taken'],
  ['one reference after 15,000 elements', `<a>${'<b>x</b>'.repeat(15_000)}&lt;</a>`, 'taken'],
  ['15,000 elements laid out with white space', `<a>${'<b/> '.repeat(15_000)}</a>`, 'taken'],
  ['200,000 unclosed tags', '<a '.repeat(200_000), 'malformed'],
  ['200,000 openings', '<'.repeat(200_000), 'malformed'],
  ['500,000 spaces in a tag', `<a${' '.repeat(500_000)}/>`, 'taken'],
  ['500,000 spaces in an end tag', `<a></a${' '.repeat(500_000)}>`, 'taken'],
  ['100,000 comments', `<a>${'<!---->'.repeat(100_000)}</a>`, 'taken'],
  ['100,000 instructions', `<a>${"<?p '?>".repeat(100_000)}</a>`, 'taken'],
  ['100,000 CDATA sections', `<a>${'<![CDATA[x]]>'.repeat(100_000)}</a>`, 'taken'],
  ['50,000 unclosed CDATA sections', `<a>${'<![CDATA['.repeat(50_000)}</a>`, 'malformed'],
  [
    '255 declarations in force, looked through by 15,000 elements',
    `${Array.from({ length: 5 }, (_, n) => `<a ${Array.from({ length: 50 }, (_a, m) => `xmlns:p${String(n)}x${String(m)}="u"`).join(' ')}>`).join('')}${'<b/>'.repeat(15_000)}${'</a>'.repeat(5)}`,
    'taken',
  ],
  [
    '300 elements of 64 attributes',
    `<a>${`<b ${Array.from({ length: 64 }, (_, n) => `b${String(n)}=""`).join(' ')}/>`.repeat(300)}</a>`,
    'taken',
  ],
  ['500,000 carriage returns', `<a>${'\r'.repeat(500_000)}</a>`, 'taken'],
  [
    'declarations in force beyond count, looked through by every element',
    `${Array.from({ length: 60 }, (_, n) => `<a ${Array.from({ length: 60 }, (_a, m) => `xmlns:p${String(n)}x${String(m)}="u"`).join(' ')}>`).join('')}${'<b/>'.repeat(15_000)}`,
    'too-large',
  ],
];
for (const [title, text, kind] of hostile) {
  test(`answers in bounded time: ${title}`, () => {
    const before = process.cpuUsage();
    const read = readXml(Buffer.from(text), bounds);
    const { user, system } = process.cpuUsage(before);
    assert.equal(read.ok ? 'taken' : read.fault.kind, kind);
    assert.ok(user + system < 2_000_000, `${String(user + system)} µs`);
  });
}

test('refuses what is longer than its bound before looking at it', () => {
  assert.equal(bad(`<a>${' '.repeat(65_536)}</a>`).kind, 'too-large');
});

test('bounds the declarations in force at one place', () => {
  const nested = Array.from(
    { length: 10 },
    (_, n) => `<a ${Array.from({ length: 30 }, (_a, m) => `xmlns:p${String(n)}x${String(m)}="u"`).join(' ')}>`,
  );
  assert.equal(bad(nested.join('') + '</a>'.repeat(10)).kind, 'too-large');
});

const sample =
  '<?xml version="1.0"?>\n<p:a xmlns:p="urn:u" xmlns="urn:v" b="1\t&lt;"><!-- c --><p:d e=\'2\' p:e="3"/>t &amp; <![CDATA[x]]><f>&#65;</f><?i j?></p:a>\n';
const fragments = [
  '<',
  '>',
  '/',
  '"',
  "'",
  '&',
  ';',
  '=',
  ' ',
  ':',
  '!',
  '?',
  '-',
  ']]>',
  '<!--',
  '-->',
  '<a>',
  '</a>',
  'xmlns',
  'é',
  '\r',
  '\n',
  '\t',
  '&lt;',
  '<?',
  '?>',
  '<![CDATA[',
];

test('agrees with libxml2 on what is well-formed and on every name, value and text, on mutations of a document', () => {
  const mutation = fc.record({
    at: fc.nat(sample.length),
    remove: fc.nat(6),
    insert: fc.constantFrom('', ...fragments),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(sample, sample.replace('<?i j?>', '')),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (original, mutations) => {
        let text = original;
        for (const { at, remove, insert } of mutations) text = text.slice(0, at) + insert + text.slice(at + remove);
        const read = readXml(Buffer.from(text));
        // libxml2 takes document types, and encodings, which we do not.
        if (!read.ok && read.fault.kind !== 'malformed') return;
        const judged = isWellFormed(Buffer.from(text));
        if (judged === undefined) return;
        assert.equal(read.ok, judged);
        if (read.ok && !text.includes('<?', 1))
          assert.deepEqual(plain(read.value.root), libxml2Tree(Buffer.from(text)));
      },
    ),
    { numRuns: 3_000 },
  );
});

/** An element as `libxml2Tree` gives it. */
const plain = ({ namespace, local, attributes, children }: XmlElement): PlainElement => ({
  name: `${namespace} ${local}`,
  attributes: attributes.map((each) => `${each.namespace} ${each.local}=${each.value}`).toSorted(),
  children: children.map((child) => (typeof child === 'string' ? child : plain(child))),
});
