import type { EventPackage } from '../events/package.ts';
import type { PlacedStep } from '../proxy/steps/order.ts';
import type { Registration } from '../sip-stack/registration.ts';

/** One kind of part: the name of its export, how one is named, and what it must be like. */
export interface PartKind<Part> {
  readonly member: 'steps' | 'eventPackages' | 'handlers';
  readonly noun: string;
  nameOf(part: Part): string;
  /** A clause that follows the noun: what is wrong; `undefined` for a sound part. */
  faultOf(value: Readonly<Record<string, unknown>>): string | undefined;
}

type Given = Readonly<Record<string, unknown>>;

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && (value as readonly unknown[]).every((entry) => typeof entry === 'string');
const isAbsentOr = (test: (value: unknown) => boolean, value: unknown): boolean => value === undefined || test(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** The first of the members that is not as it must be. */
const firstWrong = (checks: readonly (readonly [good: boolean, clause: string])[]): string | undefined =>
  checks.find(([good]) => !good)?.[1];

export const stepKind: PartKind<PlacedStep> = {
  member: 'steps',
  noun: 'step',
  nameOf: ({ name }) => name,
  faultOf: (step) =>
    firstWrong([
      [/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(String(step['name'])), 'has no kebab-case name'],
      [isText(step['doc']), 'has no sentence in doc'],
      [isFunction(step['run']), 'has no function run'],
      [isAbsentOr(isText, step['before']), 'has a before that is no name of a step'],
      [isAbsentOr(isTexts, step['understands']), 'has an understands that is no list of option tags'],
      [isAbsentOr(isTexts, step['routesBy']), 'has a routesBy that is no list of header names'],
    ]),
};

export const eventPackageKind: PartKind<EventPackage> = {
  member: 'eventPackages',
  noun: 'event package',
  nameOf: ({ name }) => name,
  faultOf: (given) =>
    firstWrong([
      [/^[a-z0-9!%*_+`'~-]+(?:\.[a-z0-9!%*_+`'~-]+)*$/.test(String(given['name'])), 'has no lower-case name'],
      [isText(given['defined']), 'does not say where it is defined'],
      [isSeconds(given['expiresDefault']), 'has no expiresDefault in seconds'],
      [isTexts(given['notifyBodies']), 'has no list notifyBodies'],
      [isFunction(given['admit']), 'has no function admit'],
      [isFunction(given['authorize']), 'has no function authorize'],
      [isFunction(given['view']), 'has no function view'],
      [isFunction(given['render']), 'has no function render'],
      [isAbsentOr(isPublication, given['publication']), 'has a publication without bodies, expiresDefault or check'],
    ]),
};

export const handlerKind: PartKind<Registration> = {
  member: 'handlers',
  noun: 'handler',
  nameOf: ({ method }) => method,
  faultOf: (handler) =>
    firstWrong([
      [/^[A-Za-z0-9.!%*_+`'~-]+$/.test(String(handler['method'])) && isText(handler['method']), 'has no method'],
      [isFunction(handler['handler']), 'has no function handler'],
      [isAbsentOr(isTexts, handler['requires']), 'has a requires that is no list of option tags'],
    ]),
};

const isSeconds = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value > 0;

const isPublication = (value: unknown): boolean =>
  isGiven(value) && isTexts(value['bodies']) && isSeconds(value['expiresDefault']) && isFunction(value['check']);

export const isGiven = (value: unknown): value is Given => typeof value === 'object' && value !== null;
