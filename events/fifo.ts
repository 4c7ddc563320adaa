/** A first-in first-out line in one array: adding and taking cost no object. */
export interface Fifo<Item> {
  push(item: Item): void;
  shift(): Item | undefined;
  /** The next to be taken. */
  peek(): Item | undefined;
  readonly length: number;
}

export function createFifo<Item>(): Fifo<Item> {
  let items: (Item | undefined)[] = [];
  let head = 0;
  return {
    push(item) {
      items.push(item);
    },
    shift() {
      if (head === items.length) return undefined;
      const item = items[head];
      items[head] = undefined;
      head += 1;
      if (head === items.length) {
        items = [];
        head = 0;
      } else if (head > 4096 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    peek: () => items[head],
    get length() {
      return items.length - head;
    },
  };
}
