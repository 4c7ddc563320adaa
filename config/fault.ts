/** One thing that is wrong with the configuration, where it stands, and how to mend it. */
export interface ConfigFault {
  /** `pharos.yaml:12:3`, `PHAROS_LOG_LEVEL`, `--listen`. */
  readonly place: string;
  /** A sentence without full stop: what is wrong. */
  readonly problem: string;
  /** A sentence without full stop: what to do. */
  readonly mend: string;
}

/** All faults as lines for people. */
export const faultLines = (faults: readonly ConfigFault[]): readonly string[] =>
  faults.map(({ place, problem, mend }) => `${place}: ${problem}. ${mend}.`);
