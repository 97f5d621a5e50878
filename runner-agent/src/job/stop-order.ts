/**
 * Why an attempt is to stop before its end. `cancel`: somebody asked for it. `shutdown`: this process is about to end.
 * `journal`: the disk takes no more, or the controller takes nothing of what is in it. `drop`: nobody wants the result.
 */
export type StopKind = 'cancel' | 'shutdown' | 'journal' | 'drop';

/** Reason of an attempt's AbortSignal. */
export class StopOrder extends Error {
  override readonly name = 'StopOrder';
  readonly kind: StopKind;

  constructor(kind: StopKind, why: string) {
    super(why);
    this.kind = kind;
  }
}
