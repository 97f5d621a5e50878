import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readImage } from '../src/index.js';

const BUILD = join(import.meta.dirname, '..', '..', 'build', 'firmware');
const TARGETS = ['FVP_MPS2_M3', 'ARM_CM3DS_MPS2'];
const FORMATS = ['elf', 'hex', 'bin'] as const;
const APPS = [
  'smallest',
  'pass',
  'fail',
  'skip',
  'repeat',
  'crash',
  'crash_assert',
  'hang',
  'reboot_loop',
  'silent_reboot',
  'mute',
  'late_receiver',
  'steady_loop',
  'plain',
  'echo',
  'device_echo',
  'noisy',
  'soak',
  'big_output',
  'big_output_1m',
  'coverage',
  'ht_hello_auto',
  'ht_dev_null_auto',
  'ht_serial_comms',
  'ht_rtc_auto',
  'ht_rtc_calc_auto',
  'ht_wait_us_auto',
  'ht_timing_drift_auto',
  'ht_system_reset',
  'ht_sync_on_reset',
  'ht_watchdog_reset',
  'ht_reset_reason',
  'ht_rtc_reset',
  'ht_trng_reset',
  'ht_unexpected_reset',
  'ht_crash_reporting',
  'ht_usb_device',
  'ht_usb_msd',
  'ht_usb_hid',
  'ht_usb_serial',
  'ht_softap',
  'ht_wait_us_slow',
  'ht_timing_drift_fast',
  'ht_timing_drift_late',
  'ht_reset_reason_wrong',
  'ht_crash_stays_down',
  'net_dhcp_dns',
  'net_udp_echo',
  'net_tcp_echo',
  'net_services',
  'net_ctp',
  'net_forbidden',
  'net_cost',
  'net_cost_slow',
  'net_bench',
  'net_iperf',
  'lan_iperf_server',
  'lan_iperf_client',
  'storage_power_cut',
  'storage_power_cut_wrong',
  'storage_bench',
  'tls_bench',
  'rtos_kernel',
  'rtos_timing',
  'rtos_timing_100hz',
  'rtos_thread_metric',
];

const read = (target: string, file: string) =>
  readImage(readFileSync(join(BUILD, target, file)), `${target}/${file}`);

/** Not skipped when missing: a test run without images would prove nothing and look green. */
beforeAll(() => {
  if (!existsSync(BUILD)) {
    throw new Error('build/firmware is missing: run "npm run build:firmware" first');
  }
});

describe.each(TARGETS)('the images for %s', (target) => {
  it.each(APPS)('%s name their target in every format', (app) => {
    for (const format of FORMATS) {
      expect(read(target, `${app}.${format}`)).toMatchObject({ format, targetName: target });
    }
  });

  it('start at the same instruction in every format', () => {
    const [elf, hex, bin] = FORMATS.map((format) => read(target, `pass.${format}`));
    expect(elf).toMatchObject({ machine: 'arm' });
    expect(bin).toMatchObject({ machine: 'arm', entry: elf?.entry });
    expect(hex?.entry).toBe(elf?.entry);
  });

  it('load the same number of bytes in every format', () => {
    const loaded = FORMATS.map((format) => {
      const segments = read(target, `pass.${format}`).segments;
      return segments.reduce((total, segment) => total + segment.sizeBytes, 0);
    });
    expect(new Set(loaded).size).toBe(1);
  });

  it('have the note among the sections of the ELF file', () => {
    const names = read(target, 'pass.elf').sections?.map((section) => section.name);
    expect(names).toEqual(expect.arrayContaining(['.vectors', '.note.greenrack', '.text']));
  });
});
