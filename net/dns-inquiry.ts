import type { Milliseconds, Timer } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Address } from './address.ts';
import type { Exchange, ExchangeListener } from './dns-exchange.ts';
import { exchangeDatagrams, exchangeOnStream } from './dns-exchange.ts';
import type { Outcome, Question } from './dns-message.ts';
import { readAnswer, writeQuestion } from './dns-message.ts';
import type { NameServers } from './dns-servers.ts';

/** Each server is asked this often before the deadline. */
const rounds = 2;
/** Shortest time that a server is given before the next one is asked as well. */
const patienceMin = 100;

export interface InquiryContext {
  readonly wheel: TimerWheel;
  readonly servers: NameServers;
  readonly deadline: Milliseconds;
}

/**
 * One question to servers in turn: the next one is asked as well when one has been silent for its share of the deadline, or
 * has failed; the first good answer counts. A class, since its parts call each other.
 */
export class Inquiry {
  private readonly context: InquiryContext;
  private readonly question: Question;
  private readonly settle: (outcome: Outcome) => void;
  private readonly waiting: Address[];
  private readonly silent = new Set<Address>();
  private readonly exchanges = new Set<Exchange>();
  private readonly patience: Milliseconds;
  private ended = false;
  private last: Outcome = timedOut;
  private deadline: Timer | undefined = undefined;
  private turn: Timer | undefined = undefined;

  constructor(context: InquiryContext, question: Question, settle: (outcome: Outcome) => void) {
    this.context = context;
    this.question = question;
    this.settle = settle;
    const order = context.servers.inOrder();
    this.waiting = Array.from({ length: rounds }, () => order).flat();
    this.patience = milliseconds(Math.max(patienceMin, context.deadline / Math.max(1, this.waiting.length)));
  }

  begin(): void {
    this.deadline = this.context.wheel.start(this.context.deadline, (inquiry) => inquiry.endSilent(), this);
    this.askNext();
  }

  private askNext(): void {
    if (this.ended) return;
    this.turn?.cancel();
    const server = this.waiting.shift();
    if (server === undefined) {
      // Nobody is left to ask; those asked have until the deadline.
      if (this.exchanges.size === 0) this.end(this.last);
      return;
    }
    this.turn = this.context.wheel.start(this.patience, (inquiry) => inquiry.askNext(), this);
    this.silent.add(server);
    this.exchange(server, exchangeDatagrams, true);
  }

  private exchange(
    server: Address,
    begin: (server: Address, bytes: Buffer, listener: ExchangeListener) => Exchange,
    extended: boolean,
  ): void {
    const exchange = begin(server, writeQuestion(this.question, extended), {
      onReply: (bytes) => {
        const reading = readAnswer(bytes, this.question);
        // Somebody guesses: the true answer may still come (RFC 5452 §9.1). On a stream there is nobody but the server.
        if (reading.kind === 'foreign' && begin === exchangeDatagrams) return;
        this.drop(exchange);
        if (reading.kind === 'truncated' && begin === exchangeDatagrams)
          this.exchange(server, exchangeOnStream, extended);
        else if (reading.kind === 'truncated' || reading.kind === 'foreign') this.failedAt(server, malformedAnswer);
        else if (reading.kind !== 'refused') this.answeredBy(server, reading);
        else if (extended && knowsNoExtension(reading.reason)) this.exchange(server, exchangeDatagrams, false);
        else this.failedAt(server, reading);
      },
      onFailure: (reason) => {
        this.drop(exchange);
        this.context.servers.failed(server, reason);
        this.failedAt(server, { kind: 'refused', reason });
      },
    });
    this.exchanges.add(exchange);
  }

  private drop(exchange: Exchange): void {
    exchange.close();
    this.exchanges.delete(exchange);
  }

  private answeredBy(server: Address, outcome: Outcome): void {
    this.context.servers.answered(server);
    this.silent.delete(server);
    this.end(outcome);
  }

  /** It is not asked again for this name; the next one is, at once. */
  private failedAt(server: Address, refused: Refused): void {
    this.last = refused;
    this.silent.delete(server);
    for (let at = this.waiting.indexOf(server); at >= 0; at = this.waiting.indexOf(server)) this.waiting.splice(at, 1);
    this.askNext();
  }

  private endSilent(): void {
    for (const server of this.silent) this.context.servers.failed(server, 'timeout');
    this.end(this.last);
  }

  private end(outcome: Outcome): void {
    if (this.ended) return;
    this.ended = true;
    this.deadline?.cancel();
    this.turn?.cancel();
    for (const exchange of this.exchanges) exchange.close();
    this.exchanges.clear();
    this.settle(outcome);
  }
}

type Refused = Outcome & { readonly kind: 'refused' };

const timedOut: Outcome = { kind: 'refused', reason: 'timeout' };
const malformedAnswer: Refused = { kind: 'refused', reason: 'malformed answer' };

/** What a server without EDNS says to a question with it (RFC 6891 §7). */
const knowsNoExtension = (reason: string): boolean => reason === 'FORMERR' || reason === 'NOTIMP';
