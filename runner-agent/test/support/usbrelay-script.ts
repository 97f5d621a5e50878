import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Says nothing when it switches, and ends with 0 whatever becomes of that, like usbrelay 1.0. */
const SCRIPT = `#!/bin/sh
dir=$(dirname "$0")
case "$1" in
  HURTM_2=1) [ -e "$dir/broken" ] || printf on > "$dir/state" ;;
  HURTM_2=0) [ -e "$dir/broken" ] || printf off > "$dir/state" ;;
  '')
    echo HURTM_1=0
    if [ "$(cat "$dir/state")" = on ]; then echo HURTM_2=1; else echo HURTM_2=0; fi ;;
esac
`;

/** usbrelay, and a relay board with two channels that remembers its state in a file beside it. */
export class UsbrelayScript {
  readonly path: string;
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    this.path = join(dir, 'usbrelay');
    writeFileSync(join(dir, 'state'), 'off');
    writeFileSync(this.path, SCRIPT, { mode: 0o755 });
  }

  /** From now on nothing is switched any more. */
  breakDown(): void {
    writeFileSync(join(this.#dir, 'broken'), '');
  }
}
