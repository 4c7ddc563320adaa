import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideChange } from '../../esc/commit.ts';
import { entityTagOf, publicationIdIn } from '../../esc/entity-tag.ts';
import type { PublishedBody } from '../../esc/package-port.ts';
import type { Publish } from '../../esc/publication.ts';
import type { Publication } from '../../esc/tables.ts';
import { aorFromStore } from '../../kernel/aor.ts';
import { instant, seconds } from '../../kernel/clock.ts';

const body = (text: string): PublishedBody => ({ contentType: 'text/plain', bytes: Buffer.from(text, 'latin1'), text });
const subject = { id: 'p1', eventPackage: 'presence', resource: aorFromStore('sip:a@b'), userAgent: undefined };

/** Runs PUBLISH after PUBLISH on one publication, each at a later instant. */
function run(bodies: readonly (string | undefined)[]) {
  const tags: string[] = [];
  const news: boolean[] = [];
  let row: Publication | undefined;
  for (const [at, text] of ['first', ...bodies].entries()) {
    const expires = seconds(60);
    const publish: Publish =
      row === undefined
        ? { kind: 'initial', body: body('first'), expires }
        : text === undefined
          ? { kind: 'refresh', was: row, expires }
          : { kind: 'modify', was: row, body: body(text), expires };
    const made = decideChange(publish, subject, instant(at), instant(at));
    assert.ok(made.change.kind === 'put');
    row = made.change.row as Publication;
    assert.equal(made.tag, entityTagOf(row));
    tags.push(made.tag);
    news.push(made.news);
  }
  return { tags, news, row };
}

const bodies = fc.array(fc.option(fc.constantFrom('one', 'two'), { nil: undefined }), { maxLength: 40 });

test('every version has a tag of its own that leads to its publication (RFC 3903 §6 step 6)', () => {
  fc.assert(
    fc.property(bodies, (sequence) => {
      const { tags } = run(sequence);
      assert.equal(new Set(tags).size, tags.length);
      assert.ok(tags.every((tag) => publicationIdIn(tag) === subject.id));
    }),
  );
});

test('news comes exactly when the body becomes another, and the last body stands (RFC 3903 §4)', () => {
  fc.assert(
    fc.property(bodies, (sequence) => {
      const { news, row } = run(sequence);
      let held = 'first';
      const expected = sequence.map((text) => {
        const isNews = text !== undefined && text !== held;
        held = text ?? held;
        return isNews;
      });
      assert.deepEqual(news, [true, ...expected]);
      assert.equal(row?.body, held);
    }),
  );
});

test('whatever text stands for a tag, an id is found in it without fault (RFC 3903 §6 step 3)', () => {
  fc.assert(fc.property(fc.string(), (text) => text.startsWith(publicationIdIn(text))));
});
