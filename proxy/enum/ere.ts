import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { limits } from '../../kernel/limits.ts';
import type { Instruction } from './ere-match.ts';

/**
 * Compiles a POSIX extended regular expression (IEEE 1003.1, the ERE of RFC 3402 §3.2) into instructions that are matched
 * without going back: literals, `.`, bracket expressions with ranges and classes, groups, `|`, `*`, `+`, `?`, `{m,n}`, `^`
 * and `$`. A quantifier that has nothing before it stands for itself, as in the many zones that write `^+44`.
 *
 * @param ignoresCase the flag "i"
 * @fault what is wrong with it, or that it is too large
 */
export function compileEre(text: string, ignoresCase: boolean): Result<readonly Instruction[], string> {
  const parser = new Parser(text, ignoresCase);
  const whole = parser.alternatives(0);
  if (typeof whole === 'string') return fail(whole);
  if (!parser.atEnd) return fail('unbalanced )');
  const program = [save(0), ...whole, save(1), { kind: 'match' } as const];
  return program.length > limits.enumInstructionsMax ? fail('too large') : ok(program);
}

/** Jumps are relative, so that a piece of program can be repeated. */
type Piece = readonly Instruction[];

const save = (slot: number): Instruction => ({ kind: 'save', slot });
const split = (first: number, second: number): Instruction => ({ kind: 'split', first, second });
const jump = (by: number): Instruction => ({ kind: 'jump', by });

/** Reads one expression; each method gives the piece it read, or says what is wrong. */
class Parser {
  private readonly text: string;
  private readonly ignoresCase: boolean;
  private at = 0;
  private groups = 0;
  private size = 0;

  constructor(text: string, ignoresCase: boolean) {
    this.text = text;
    this.ignoresCase = ignoresCase;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  alternatives(depth: number): Piece | string {
    if (depth > limits.enumGroupsDeepMax) return 'nested too deep';
    const first = this.sequence(depth);
    if (typeof first === 'string' || this.text[this.at] !== '|') return first;
    this.at += 1;
    const rest = this.alternatives(depth + 1);
    if (typeof rest === 'string') return rest;
    return [split(1, first.length + 2), ...first, jump(rest.length + 1), ...rest];
  }

  private sequence(depth: number): Piece | string {
    const pieces: Instruction[] = [];
    while (!this.atEnd && this.text[this.at] !== '|' && this.text[this.at] !== ')') {
      const atom = this.atom(depth);
      if (typeof atom === 'string') return atom;
      // Nothing is repeated at the beginning: a quantifier there is a character.
      const repeated = atom[0]?.kind === 'start' ? atom : this.repetitions(atom);
      if (typeof repeated === 'string') return repeated;
      this.size += repeated.length;
      if (this.size > limits.enumInstructionsMax) return 'too large';
      pieces.push(...repeated);
    }
    return pieces;
  }

  private atom(depth: number): Piece | string {
    const char = this.text[this.at] ?? '';
    this.at += 1;
    switch (char) {
      case '(':
        return this.group(depth);
      case '[':
        return this.bracket();
      case '.':
        return [{ kind: 'char', accepts: () => true }];
      case '^':
        return [{ kind: 'start' }];
      case '$':
        return [{ kind: 'end' }];
      case '\\': {
        const escaped = this.text[this.at];
        if (escaped === undefined) return 'ends with a backslash';
        this.at += 1;
        return [this.literal(escaped)];
      }
      default:
        return [this.literal(char)];
    }
  }

  private group(depth: number): Piece | string {
    this.groups += 1;
    const group = this.groups;
    const inner = this.alternatives(depth + 1);
    if (typeof inner === 'string') return inner;
    if (this.text[this.at] !== ')') return 'unbalanced (';
    this.at += 1;
    // Those beyond nine cannot be referred to (RFC 3402 §3.2).
    return group > 9 ? inner : [save(group * 2), ...inner, save(group * 2 + 1)];
  }

  private literal(char: string): Instruction {
    if (!this.ignoresCase) return { kind: 'char', accepts: (one) => one === char };
    const lower = char.toLowerCase();
    return { kind: 'char', accepts: (one) => one.toLowerCase() === lower };
  }

  /** `[...]`: a closing bracket right after the opening stands for itself. */
  private bracket(): Piece | string {
    const negated = this.text[this.at] === '^';
    if (negated) this.at += 1;
    const start = this.at;
    const members: ((char: string) => boolean)[] = [];
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined) return 'unbalanced [';
      if (char === ']' && this.at > start) break;
      const member = char === '[' && this.text[this.at + 1] === ':' ? this.namedClass() : this.range(char);
      if (typeof member === 'string') return member;
      members.push(member);
    }
    this.at += 1;
    const has = (char: string): boolean => members.some((member) => member(char));
    const either = this.ignoresCase ? (char: string) => has(char.toLowerCase()) || has(char.toUpperCase()) : has;
    return [{ kind: 'char', accepts: negated ? (char) => !either(char) : either }];
  }

  private range(from: string): ((char: string) => boolean) | string {
    this.at += 1;
    const to = this.text[this.at + 1];
    if (this.text[this.at] !== '-' || to === undefined || to === ']') return (char) => char === from;
    this.at += 2;
    return to < from ? 'range out of order' : (char) => char >= from && char <= to;
  }

  private namedClass(): ((char: string) => boolean) | string {
    const end = this.text.indexOf(':]', this.at);
    const accepts = end < 0 ? undefined : classes[this.text.slice(this.at + 2, end)];
    if (accepts === undefined) return 'unknown character class';
    this.at = end + 2;
    return accepts;
  }

  private repetitions(atom: Piece): Piece | string {
    let piece = atom;
    for (let count = 0; count < repetitionsInARowMax; count += 1) {
      const bounds = this.bounds();
      if (bounds === undefined) return piece;
      if (typeof bounds === 'string') return bounds;
      piece = repeat(piece, bounds);
      if (piece.length > limits.enumInstructionsMax) return 'too large';
    }
    return 'too many quantifiers in a row';
  }

  private bounds(): Bounds | string | undefined {
    const char = this.text[this.at] ?? '';
    const simple = quantifiers[char];
    if (simple !== undefined) {
      this.at += 1;
      return simple;
    }
    if (char !== '{') return undefined;
    const [whole, min, comma, max] = /^\{(\d{1,3})(,?)(\d{0,3})\}/.exec(this.text.slice(this.at, this.at + 9)) ?? [];
    if (whole === undefined || min === undefined) return 'malformed bound';
    this.at += whole.length;
    const least = Number(min);
    const most = comma === '' ? least : max === undefined || max === '' ? Infinity : Number(max);
    return most < least ? 'bound out of order' : { least, most };
  }
}

interface Bounds {
  readonly least: number;
  readonly most: number;
}

const repetitionsInARowMax = 4;

const quantifiers: Readonly<Record<string, Bounds>> = {
  '*': { least: 0, most: Infinity },
  '+': { least: 1, most: Infinity },
  '?': { least: 0, most: 1 },
};

/** Written out: as often as it must be, then as often as it may. */
function repeat(piece: Piece, { least, most }: Bounds): Piece {
  const copies = (most === Infinity ? least + 1 : most) * (piece.length + 1);
  // Refused by who asked, by its length alone.
  if (copies > limits.enumInstructionsMax) return new Array<Instruction>(limits.enumInstructionsMax + 1).fill(jump(1));
  const repeated: Instruction[] = [];
  for (let count = 0; count < least; count += 1) repeated.push(...piece);
  if (most === Infinity) repeated.push(split(1, piece.length + 2), ...piece, jump(-piece.length - 1));
  else for (let count = least; count < most; count += 1) repeated.push(split(1, piece.length + 1), ...piece);
  return repeated;
}

const classes: Readonly<Record<string, (char: string) => boolean>> = {
  digit: (char) => /[0-9]/.test(char),
  alpha: (char) => /[A-Za-z]/.test(char),
  alnum: (char) => /[A-Za-z0-9]/.test(char),
  upper: (char) => /[A-Z]/.test(char),
  lower: (char) => /[a-z]/.test(char),
  xdigit: (char) => /[0-9A-Fa-f]/.test(char),
  punct: (char) => /[!-/:-@[-`{-~]/.test(char),
  space: (char) => /\s/.test(char),
};
