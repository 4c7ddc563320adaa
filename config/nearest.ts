/** Longest name compared; a longer one has no near name. */
const nameLengthMax = 64;

/** The known name that a mistyped one most likely means: at most a third of its letters differ. */
export function nearestName(written: string, known: readonly string[]): string | undefined {
  if (written.length > nameLengthMax) return undefined;
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(written.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(written.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Letters to add, drop or change (Levenshtein, "Binary codes capable of correcting deletions", 1966). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let at = 1; at <= from.length; at += 1) {
    const next = [at];
    for (let column = 1; column <= to.length; column += 1) {
      const changed = (row[column - 1] ?? 0) + (from[at - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
