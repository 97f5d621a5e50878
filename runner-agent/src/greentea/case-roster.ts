import { NoisyNames, numberedName } from './case-names.js';
import { CaseRecord } from './case-record.js';

/** Cases that a suite may have; hostile firmware may announce any number. */
const MAX_CASES = 2000;

/*
 * Which case a message means, when names are all that messages have:
 *   - A name that is listed twice is two cases: `name` and `name #2`. They run in the order of the list.
 *   - utest numbers what it runs (`>>> Running case #3: 'name'...`): the same number again is the same case again.
 *   - After a restart of the board numbers and list begin anew. What is listed again is no new case, and what begins
 *     is first of all a case that had not ended.
 */

/** The cases of a suite, by their names. */
export class CaseRoster {
  readonly #byName = new Map<string, CaseRecord[]>();
  readonly #shown = new Map<string, CaseRecord>();
  readonly #noisy = new NoisyNames();
  /** How often each name stands in the list that is being sent, or was sent last. */
  #listed = new Map<string, number>();
  #listedNames = 0;
  #count: number | undefined;
  #isFull = false;
  /** Cases that began since the board started, and the last one of each name. */
  readonly #begun = new Set<CaseRecord>();
  readonly #last = new Map<string, { one: CaseRecord; index: number | undefined }>();

  get all(): CaseRecord[] {
    return [...this.#shown.values()];
  }

  /** Cases that were announced by their number and never named. */
  get missing(): number {
    return this.#isFull ? 0 : Math.max(0, (this.#count ?? 0) - this.#shown.size);
  }

  /** Every name that may come is known. */
  get isComplete(): boolean {
    return this.#count !== undefined && this.#listedNames >= this.#count;
  }

  /** A list of `count` names begins. */
  announce(count: number): void {
    this.#count = count;
    this.#relist();
  }

  list(name: string): void {
    this.#isFull ||= this.#shown.size >= MAX_CASES && !this.#byName.has(name);
    // A name beyond those that a suite may have is counted, and not kept.
    if (this.#isFull && !this.#byName.has(name)) this.#listedNames++;
    else this.#listAgain(name);
  }

  #listAgain(name: string): void {
    const times = (this.#listed.get(name) ?? 0) + 1;
    this.#listed.set(name, times);
    this.#listedNames++;
    if (this.#named(name).length < times) this.#add(name);
  }

  /** The board has started anew. */
  restart(): void {
    this.#begun.clear();
    this.#last.clear();
    this.#relist();
  }

  /** The known name that is meant, noise set aside. */
  find(name: string): string | undefined {
    return this.#byName.has(name) ? name : this.#noisy.find(name);
  }

  /**
   * The case that begins; undefined when there are too many.
   * @param index Its number, where the firmware printed one.
   * @param running The case that has not ended yet.
   */
  begin(name: string, index: number | undefined, running?: CaseRecord): CaseRecord | undefined {
    const last = this.#last.get(name);
    const isAgain = last && (index === undefined ? last.one === running : last.index === index);
    const one = isAgain ? last.one : this.#next(name);
    if (!one) return undefined;
    this.#begun.add(one);
    this.#last.set(name, { one, index });
    return one;
  }

  isNamed(one: CaseRecord, name: string): boolean {
    return this.#named(name).includes(one);
  }

  #next(name: string): CaseRecord | undefined {
    const free = this.#named(name).filter((one) => !this.#begun.has(one));
    const next = free.find(({ verdict }) => verdict === undefined) ?? free[0];
    if (next) return next;
    // A listed case that begins more often than it is listed is repeated by the firmware.
    return (this.#listed.has(name) && this.#last.get(name)?.one) || this.#add(name);
  }

  #relist(): void {
    this.#listed = new Map();
    this.#listedNames = 0;
  }

  #named(name: string): readonly CaseRecord[] {
    return this.#byName.get(name) ?? [];
  }

  #add(name: string): CaseRecord | undefined {
    this.#isFull = this.#shown.size >= MAX_CASES;
    if (this.#isFull) return undefined;
    const named = this.#named(name);
    let n = named.length + 1;
    while (this.#shown.has(numberedName(name, n))) n++;
    const one = new CaseRecord(numberedName(name, n));
    this.#byName.set(name, [...named, one]);
    this.#noisy.add(name);
    this.#shown.set(one.name, one);
    return one;
  }
}
