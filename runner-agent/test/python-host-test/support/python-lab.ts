import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHostTests } from '@greenrack/test-suites';
import { pino } from 'pino';
import { PythonHostTests } from '../../../src/python-host-test/python-host-tests.js';
import { Bench, type BenchOptions } from '../../greentea/support/bench.js';

/** The interpreter itself: a shim that looks for it would cost every test a second. */
export const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();

/** A lab's folder with host tests in Python, and runs that use them: real files, real processes, a board played by hand. */
export class PythonLab {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'greenrack-python-')));
  /** What the operator was told. */
  readonly log: string[] = [];
  readonly #open: PythonHostTests[] = [];

  /** Writes a file of the lab's and answers its path. */
  write(file: string, text: string): string {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** What a host test has written to its folder. */
  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  /** What an agent has that is started now. */
  hostTests(folders = [this.folder], python = PYTHON): PythonHostTests {
    const hears = { write: (line: string) => void this.log.push(JSON.parse(line).msg) };
    const log = pino({ level: 'warn' }, hears);
    const made = new PythonHostTests({ python, folders, builtIn: createHostTests(), log });
    this.#open.push(made);
    return made;
  }

  /** A run whose firmware has just asked for `name`. */
  async begin(name: string, options: BenchOptions = {}): Promise<Bench> {
    const run = new Bench({ hostTests: this.hostTests(), ...options });
    await run.begin(name);
    return run;
  }

  /** A run of the host test in `text`. */
  async run(text: string, options: BenchOptions = {}): Promise<Bench> {
    this.write('sample.py', `from mbed_host_tests import BaseHostTest, event_callback\n${text}`);
    return await this.begin('sample', options);
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((made) => made.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Texts of the notes that a run left. */
export function notesOf(run: Bench): string[] {
  return run.of('note').map(({ text }) => text);
}

/** Resolves when `text` has been written to the board; rejects when the run ends before. */
export function written(run: Bench, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    void run.session.ended.then((end) => reject(new Error(JSON.stringify(end))));
    const { write } = run;
    const look = (): void => {
      if (run.wire.includes(text)) resolve();
    };
    run.write = async () => {
      await write();
      // The bench keeps it when this is over.
      setImmediate(look);
    };
    look();
  });
}
