/** A phone of the web: one of the libraries that speak SIP over WebSocket, behind what the tests want of it. */
export interface BrowserPhone {
  /** Settles when the registrar has accepted it. */
  register(): Promise<void>;
  unregister(): Promise<void>;
  /** Calls somebody; settles when he has answered, fails with the status when not. */
  call(target: string): Promise<BrowserCall>;
  /** Answers the next call that comes. */
  answerNext(): Promise<BrowserCall>;
  /** Sends a MESSAGE; settles when it has been accepted. */
  message(target: string, text: string): Promise<void>;
  /** The text of the next MESSAGE that comes. */
  nextMessage(): Promise<string>;
  /** Subscribes to a user's presence. */
  watch(target: string): BrowserWatch;
  /** Closes its connection. */
  close(): Promise<void>;
}

/** An established call. */
export interface BrowserCall {
  hangUp(): void;
  /** Settles when it has ended, by whichever side. */
  readonly ended: Promise<void>;
}

/** A subscription. */
export interface BrowserWatch {
  /** The document of the next NOTIFY that has one. */
  nextNotify(): Promise<string>;
  /** Ends it; settles with the last NOTIFY. */
  end(): Promise<void>;
}

/** Whose phone, and where its server is. */
export interface BrowserPhoneConfig {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  /** `ws://127.0.0.1:8080`. */
  readonly url: string;
}

export type OpenBrowserPhone = (config: BrowserPhoneConfig) => Promise<BrowserPhone>;

/** What comes by itself, kept until it is asked for. */
export interface Arrivals<Item> {
  put(item: Item): void;
  /** The oldest, or the next one within some seconds. */
  next(): Promise<Item>;
}

const patience = 5000;

export function createArrivals<Item>(what: string): Arrivals<Item> {
  const waiting: Item[] = [];
  const takers: ((item: Item) => void)[] = [];
  return {
    put(item) {
      const taker = takers.shift();
      if (taker === undefined) waiting.push(item);
      else taker(item);
    },
    next: () =>
      within(
        what,
        new Promise((resolve) => {
          const item = waiting.shift();
          if (item === undefined) takers.push(resolve);
          else resolve(item);
        }),
      ),
  };
}

/** Fails with `what` when a promise takes too long. */
export async function within<Value>(what: string, promise: Promise<Value>): Promise<Value> {
  let giveUp: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    giveUp = setTimeout(() => reject(new Error(`waited ${String(patience)} ms in vain: ${what}`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(giveUp);
  }
}
