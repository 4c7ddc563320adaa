import type { WireText } from '../sip-stack/wire/message.ts';
import type { Target } from './call.ts';

/** The targets of one request that are still to be tried, best first (RFC 3261 §16.5, §16.6). */
export class TargetQueue {
  /** In falling order of q, one of each device. */
  private readonly waiting: Target[] = [];
  /** Further flows to devices that are in `waiting` or were. */
  private readonly spare: Target[] = [];
  private readonly uris: WireText[] = [];
  private room: number;

  /** @param branchesMax  targets that are ever taken; the others are left out */
  constructor(targets: readonly Target[], branchesMax: number) {
    this.room = branchesMax;
    for (const target of targets) this.add(target);
  }

  /** Whether targets were left out for want of room. */
  get isShort(): boolean {
    return this.room <= 0 && this.waiting.length > 0;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0 || this.room <= 0;
  }

  /**
   * @returns false for one that was in the set before (RFC 3261 §16.5), which keeps contacts of a 3xx from going round; several
   *   flows to one device may have one URI (RFC 5626 §4.2)
   */
  add(target: Target): boolean {
    if (target.device === '' && target.flow === '') {
      if (this.uris.includes(target.uri)) return false;
      this.uris.push(target.uri);
    }
    const same = target.device === '' ? -1 : this.waiting.findIndex(({ device }) => device === target.device);
    const rival = this.waiting[same];
    if (rival === undefined) place(this.waiting, target);
    else if (rival.q >= target.q) place(this.spare, target);
    else {
      this.waiting.splice(same, 1);
      place(this.waiting, target);
      place(this.spare, rival);
    }
    return true;
  }

  /** All with the highest q. */
  nextGroup(): readonly Target[] {
    const [first] = this.waiting;
    if (first === undefined || this.room <= 0) return [];
    let count = 1;
    while (count < this.room && this.waiting[count]?.q === first.q) count += 1;
    this.room -= count;
    return this.waiting.splice(0, count);
  }

  /** Another flow to this device, after one has failed (RFC 5626 §7). */
  nextFlow(device: string): Target | undefined {
    const found = device === '' || this.room <= 0 ? -1 : this.spare.findIndex((target) => target.device === device);
    if (found < 0) return undefined;
    this.room -= 1;
    return this.spare.splice(found, 1)[0];
  }

  /** The device has answered: no other flow to it is tried (RFC 5626 §7). */
  answered(device: string): void {
    if (device === '') return;
    for (let at = this.spare.length - 1; at >= 0; at -= 1) {
      if (this.spare[at]?.device === device) this.spare.splice(at, 1);
    }
  }

  /** Nothing more is to be tried. */
  clear(): void {
    this.waiting.length = 0;
    this.spare.length = 0;
  }
}

/** Behind all that are as good or better. */
function place(into: Target[], target: Target): void {
  let at = into.length;
  while (at > 0 && (into[at - 1]?.q ?? 0) < target.q) at -= 1;
  into.splice(at, 0, target);
}
