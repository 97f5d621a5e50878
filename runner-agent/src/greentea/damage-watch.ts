import { quoted } from '../session/bounded-text.js';
import type { SessionEnd } from '../session/session-types.js';

/*
 * What tells that messages were damaged on their way, so that nobody is blamed for what could not arrive:
 *   …{{end;suc<DAPLink:Overflow>                a probe that could not keep up says so in the middle of the bytes
 *   {{__testcase_finish;tw[INFO] net up\r\n     something began like a message and was none
 *   {{__testcase_finish;tw[INFO] up o;1;0}}     a message of the protocol whose value cannot be
 */
const MARKER = '<DAPLink:Overflow>';
/** Lines worth reading hold one of these. */
export const DAMAGE_NEEDLES: readonly string[] = [MARKER];
/** Damage to these is told; other text may hold braces of its own, and is only remembered. */
const PROTOCOL = /^\{\{(__|end;)/;

/** Remembers what was damaged on the console. */
export class DamageWatch {
  #losses = 0;
  #evidence: string | undefined;
  #isLatest = false;

  constructor(private readonly note: (text: string) => void) {}

  /** The first damage, for people; undefined while there is none. */
  get evidence(): string | undefined {
    return this.#evidence;
  }

  /** Takes a line or the value of a message; true when the probe lost bytes in it. */
  damages(text: string): boolean {
    if (!text.includes(MARKER)) return false;
    if (++this.#losses === 1) this.note('the probe reports that console bytes were lost');
    this.#remember(MARKER);
    return true;
  }

  /** A message of the protocol cannot be read. */
  unreadable(key: string, value: string): void {
    const text = quoted(`{{${key};${value}}}`);
    this.note(`a damaged message was left out: ${text}`);
    this.#remember(text);
  }

  /** Something began like a message and was none. */
  broken(text: string): void {
    if (PROTOCOL.test(text)) this.note(`a damaged message was left out: ${quoted(text)}`);
    this.#remember(quoted(text));
  }

  /** A message came that can be read. */
  sound(): void {
    this.#isLatest = false;
  }

  /** Silence may come from bytes that were lost, or from a last message that was damaged. */
  judge(end: SessionEnd): SessionEnd {
    if (end.verdict !== 'hang' || !(this.#losses > 0 || this.#isLatest)) return end;
    const message = `messages were damaged on the console (${this.#evidence}), so this proves nothing: ${end.message}`;
    return { verdict: 'infra', reason: 'consoleLost', message };
  }

  #remember(text: string): void {
    this.#evidence ??= text;
    this.#isLatest = true;
  }
}
