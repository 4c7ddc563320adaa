/** One step of a compiled expression; jumps and splits are relative to themselves. */
export type Instruction =
  | { readonly kind: 'char'; readonly accepts: (char: string) => boolean }
  | { readonly kind: 'save'; readonly slot: number }
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly by: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'match' };

/** Where the whole and each group begin and end: slots 0 and 1, 2 and 3, and so on. */
type Slots = readonly (number | undefined)[];

interface Thread {
  readonly at: number;
  readonly slots: Slots;
}

/**
 * Matches all ways at once, character by character (Thompson 1968, with the slots of Pike): the cost is the length of the text
 * times that of the program, whatever the expression. Of several matches at the leftmost place the longest counts.
 *
 * @returns the text matched and that of each group, `undefined` for a group that took no part; `undefined` for no match
 */
export function match(program: readonly Instruction[], text: string): readonly (string | undefined)[] | undefined {
  let longest: Slots | undefined;
  let waiting: readonly Thread[] = [];
  for (let position = 0; position <= text.length; position += 1) {
    // One more way begins here, behind those that began earlier; none once there is a match.
    const starts = longest === undefined ? [...waiting, beginning] : waiting;
    const next: Thread[] = [];
    for (const { at, slots } of threadsFrom(program, text, position, starts)) {
      const step = program[at];
      if (step?.kind === 'match') {
        // One that began earlier counts, though it ends later.
        if (longest === undefined || (slots[0] ?? 0) <= (longest[0] ?? 0)) longest = slots;
      } else if (step?.kind === 'char' && position < text.length && step.accepts(text.charAt(position)))
        next.push({ at: at + 1, slots });
    }
    waiting = next;
    if (longest !== undefined && waiting.length === 0) break;
  }
  return longest === undefined ? undefined : groupsOf(longest, text);
}

const beginning: Thread = { at: 0, slots: [] };

/** The threads that wait for a character or have matched, those preferred first; each place of the program once. */
function threadsFrom(
  program: readonly Instruction[],
  text: string,
  position: number,
  starts: readonly Thread[],
): readonly Thread[] {
  const seen = new Set<number>();
  const found: Thread[] = [];
  const waiting = [...starts].reverse();
  for (let thread = waiting.pop(); thread !== undefined; thread = waiting.pop()) {
    const { at, slots } = thread;
    if (seen.has(at)) continue;
    seen.add(at);
    const step = program[at];
    if (step === undefined) continue;
    switch (step.kind) {
      case 'char':
      case 'match':
        found.push(thread);
        break;
      case 'jump':
        waiting.push({ at: at + step.by, slots });
        break;
      case 'split':
        waiting.push({ at: at + step.second, slots }, { at: at + step.first, slots });
        break;
      case 'save': {
        const saved = [...slots];
        saved[step.slot] = position;
        waiting.push({ at: at + 1, slots: saved });
        break;
      }
      case 'start':
        if (position === 0) waiting.push({ at: at + 1, slots });
        break;
      case 'end':
        if (position === text.length) waiting.push({ at: at + 1, slots });
        break;
    }
  }
  return found;
}

function groupsOf(slots: Slots, text: string): readonly (string | undefined)[] {
  const groups: (string | undefined)[] = [];
  for (let slot = 0; slot < slots.length; slot += 2) {
    const [from, to] = [slots[slot], slots[slot + 1]];
    groups.push(from === undefined || to === undefined ? undefined : text.slice(from, to));
  }
  return groups;
}
