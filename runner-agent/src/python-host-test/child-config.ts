import type { HostTestConfig } from '@greenrack/farm-protocol';
import type { HostTestItems } from './child-messages.js';

/** The stock runner's default: scripts sleep that long after a reset before they go on, in seconds. */
const RESET_TIMEOUT_S = 1;

/**
 * The items that host tests ask the stock runner for. Port, disk and image are the agent's: a script that opened the
 * port would take the board's words from it.
 */
export function itemsOf({ target, resetDelayMs }: HostTestConfig): HostTestItems {
  const afterResetS = Math.max(RESET_TIMEOUT_S, resetDelayMs / 1000);
  return {
    mcu: target,
    platform_name: target,
    forced_reset_timeout: afterResetS,
    program_cycle_s: afterResetS,
    polling_timeout: 60,
    sync_timeout: 5,
    skip_reset: false,
    port: null,
    baudrate: null,
    target_id: null,
    disk: null,
    image_path: null,
    tags: '',
  };
}
