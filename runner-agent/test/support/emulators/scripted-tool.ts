import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Power tools that remember what they switched in a file `state` beside them. */
const SCRIPTS = {
  uhubctl: `
show() { if [ "$(cat "$dir/state")" = on ]; then echo "  Port 2: 0503 power highspeed enable connect"; else echo "  Port 2: 0000 off"; fi; }
[ "$1 $2 $3 $4" = "-l 1-1.4 -p 2" ] || { echo "No compatible devices detected!" >&2; exit 1; }
echo "Current status for hub 1-1.4 [05e3:0608 USB2.0 Hub, USB 2.00, 4 ports, ppps]"; show
if [ "$5" = -a ]; then [ -e "$dir/broken" ] || printf "$6" > "$dir/state"; echo "Sent power $6 request"; echo "New status for hub 1-1.4"; show; fi
`,
  usbrelay: `
case "$1" in
  HURTM_2=1) [ -e "$dir/broken" ] || printf on > "$dir/state" ;;
  HURTM_2=0) [ -e "$dir/broken" ] || printf off > "$dir/state" ;;
esac
echo HURTM_1=0
if [ "$(cat "$dir/state")" = on ]; then echo HURTM_2=1; else echo HURTM_2=0; fi
`,
} as const;

export class ScriptedTool {
  readonly path: string;
  readonly #dir: string;

  constructor(dir: string, name: string, kind: keyof typeof SCRIPTS) {
    this.#dir = dir;
    this.path = join(dir, name);
    writeFileSync(join(dir, 'state'), 'off');
    writeFileSync(this.path, `#!/bin/sh\ndir=$(dirname "$0")\n${SCRIPTS[kind]}`, { mode: 0o755 });
  }

  /** From now on nothing is switched any more, whatever is said. */
  breakDown(): void {
    writeFileSync(join(this.#dir, 'broken'), '');
  }
}
