import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../kernel/limits.ts';
import { compileEre } from '../../../../proxy/enum/ere.ts';
import { match } from '../../../../proxy/enum/ere-match.ts';
import { substitute } from '../../../../proxy/enum/substitution.ts';

const number = '+441632960083';
const result = (expression: string, text = number): string => {
  const made = substitute(expression, text);
  return made.ok ? made.value : `fault: ${made.fault}`;
};

test('puts the replacement in place of the number, groups by their number (RFC 3402 §3.2)', () => {
  assert.equal(result('!^.*$!sip:info@example.com!'), 'sip:info@example.com');
  assert.equal(result('!^\\+44(.*)$!sip:0\\1@example.com!'), 'sip:01632960083@example.com');
  assert.equal(result('!(\\+44)(1632)(.*)!sip:\\3.\\2@example.com!'), 'sip:960083.1632@example.com');
});

test('groups are counted by their opening parenthesis (RFC 3402 §3.2)', () => {
  assert.equal(result('!(A(B(C)DE)(F)G)!\\1 \\2 \\3 \\4!', 'ABCDEFG'), 'ABCDEFG BCDE C F');
  assert.equal(result('!(A)!\\5!', 'A'), 'fault: no such group');
});

test('any character but a digit and the flag can delimit, and be escaped (RFC 3402 §3.2, RFC 6116 §5.2)', () => {
  assert.equal(result('/^.*$/sip:info@example.com/'), 'sip:info@example.com');
  assert.equal(result('#^\\+44(.*)$#sip:\\1\\#x@example.com#i'), 'sip:1632960083#x@example.com');
  for (const expression of ['', '1a1b1', 'iaibi', '!a!b', '!a!b!c!', '!^.*$!x!z', '!a\\', '!é!x!'])
    assert.match(result(expression), /^fault/, expression);
});

test('only a number that matches is replaced', () => {
  assert.equal(result('!^\\+1.*$!sip:x@example.com!'), 'fault: does not match');
  // A plus that has nothing to repeat stands for itself, as many zones write it.
  assert.equal(result('!^+44(.*)$!\\1!'), '1632960083');
});

const groupsOf = (ere: string, text: string): readonly (string | undefined)[] | string | undefined => {
  const program = compileEre(ere, false);
  return program.ok ? match(program.value, text) : program.fault;
};

test('matches as POSIX extended regular expressions do (IEEE 1003.1)', () => {
  const cases: readonly (readonly [ere: string, text: string, whole: string | undefined])[] = [
    ['a|ab', 'ab', 'ab'],
    ['b|abc', 'xabcb', 'abc'],
    ['bc|abcd|b', 'abcx', 'bc'],
    ['(a|ab)(c|bcd)(d*)', 'abcd', 'abcd'],
    ['a{2,3}', 'aaaa', 'aaa'],
    ['a{2}', 'aaaa', 'aa'],
    ['a{2,}', 'aaaa', 'aaaa'],
    ['a{0}b', 'ab', 'b'],
    ['[[:digit:]]+', 'x123y', '123'],
    ['[^0-9]+', '12ab3', 'ab'],
    ['[]a]+', 'b]a', ']a'],
    ['[a-]+', 'b-a', '-a'],
    ['x*', 'aaa', ''],
    ['^b', 'ab', undefined],
    ['a$', 'ab', undefined],
    ['(^|b)a', 'ba', 'ba'],
    ['\\.\\(', 'a.(', '.('],
    ['(a*)*', 'aa', 'aa'],
    ['()*x', 'x', 'x'],
    ['', 'abc', ''],
    ['colou?r', 'color', 'color'],
  ];
  for (const [ere, text, whole] of cases) {
    const groups = groupsOf(ere, text);
    assert.ok(typeof groups !== 'string', `${ere}: ${String(groups)}`);
    assert.equal(groups?.[0], whole, ere);
  }
});

test('says what is wrong with an expression', () => {
  for (const ere of ['(a', 'a)', '[a', '[[:none:]]', '[b-a]', 'a{2,1}', 'a{x}', '\\', 'a*****', '(a'.repeat(40)]) {
    assert.ok(typeof groupsOf(ere, 'a') === 'string', ere);
  }
});

test('what would explode is refused or costs little (no backtracking)', () => {
  for (const ere of [
    '((((a{99}){99}){99}){99})',
    '(((((((a*)*)*)*)*)*)*)*b',
    '(a|a|a|a|a|a)*b',
    `${'(a?)'.repeat(60)}a{60}`,
    '(.*)*\\1',
  ])
    groupsOf(ere, 'a'.repeat(limits.enumUriBytesMax / 8));
  const program = compileEre('a{200}', false);
  assert.ok(program.ok);
  assert.deepEqual(compileEre('(a{200}){9}', false), { ok: false, fault: 'too large' });
});

test('the result is bounded, whatever the backreferences (RFC 6116 §5.2)', () => {
  assert.equal(result(`!^(.*)$!${'\\1'.repeat(100)}!`), 'fault: result too long');
});

test('bears any expression', () => {
  const letters = '()[]{}*+?|^$.\\!a1:-,';
  let state = 1;
  for (let count = 0; count < 5000; count += 1) {
    let ere = '';
    for (let at = 0; at < 12; at += 1) {
      state = (state * 48_271) % 2_147_483_647;
      ere += letters.charAt(state % letters.length);
    }
    const made = substitute(`~${ere}~x~`, number);
    assert.ok(made.ok ? made.value === 'x' : made.fault !== '');
  }
});
