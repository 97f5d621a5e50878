/*
 * A board that restarts in the middle of a test shows it by what belongs before the test: the banner that the client
 * prints after each message it reads while it waits for __sync, or the announcements that follow the handshake.
 */
const BANNER = 'mbedmbedmbedmbed';
/** Lines worth reading hold one of these. */
export const REBOOT_NEEDLES: readonly string[] = [BANNER];

const ANNOUNCEMENTS: ReadonlySet<string> = new Set(['__version', '__timeout', '__host_test_name']);

/** Whether a message of the main phase belongs to the start of the firmware. */
export function isRestart(key: string): boolean {
  return ANNOUNCEMENTS.has(key);
}

/** Tells a restart that the host test announced from one that nobody expected. */
export class RebootWatch {
  /** Restarts that were announced and have not shown yet. */
  #announced = 0;
  /** Announcements seen since the announced restart showed; undefined while the test runs. */
  #restarting: Set<string> | undefined;
  #isUnexplained = false;

  /** The board has told of a restart that nobody announced, before or after. */
  get isUnexplained(): boolean {
    return this.#isUnexplained;
  }

  /** The board tells that it has restarted; its console may show nothing of it. */
  restarted(): void {
    this.#isUnexplained ||= this.#announced === 0 && this.#restarting === undefined;
  }

  /** One restart is expected from now on. */
  expect(): void {
    this.#announced = Math.min(this.#announced + 1, 1);
    this.#isUnexplained = false;
  }

  /** Takes a console line of the main phase; true when it shows an unexpected restart. */
  line(text: string): boolean {
    return text.includes(BANNER) && !this.#isExpected();
  }

  /** Takes a message of the main phase; true when it shows an unexpected restart. */
  message(key: string): boolean {
    if (!ANNOUNCEMENTS.has(key)) {
      if (key !== '__sync') this.#restarting = undefined;
      return false;
    }
    const expected = this.#isExpected() && !this.#restarting?.has(key);
    this.#restarting?.add(key);
    return !expected;
  }

  #isExpected(): boolean {
    if (this.#announced > 0) {
      this.#announced = 0;
      this.#restarting = new Set();
    }
    return this.#restarting !== undefined;
  }
}
