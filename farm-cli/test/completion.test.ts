import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { callCli } from './support/call-cli.js';

const cwd = process.cwd();
const scriptOf = async (shell: string) => (await callCli(['completion', shell], { cwd })).out;

/** What bash offers for the last of the words. */
async function offered(...words: string[]): Promise<string[]> {
  const typed = `COMP_WORDS=(greenrack ${words.map((word) => `'${word}'`).join(' ')})`;
  const script = `${await scriptOf('bash')}
${typed}; COMP_CWORD=${words.length}; _greenrack; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

describe('completion', () => {
  it('offers commands, and the options of the one that was typed', async () => {
    expect(await offered('sub')).toEqual(['submit', 'submissions']);
    expect(await offered('submit', '--repe')).toEqual(['--repeat']);
    expect(await offered('token', 'c')).toEqual(['create']);
    expect(await offered('token', 'create')).toEqual(['create']);
    expect(await offered('token', 'create', '--ro')).toEqual(['--role']);
    expect(await offered('token', 'revoke', '--ro')).toEqual(['']);
  });

  it.each(['zsh', 'fish'])('is made for %s too, of every command', async (shell) => {
    const script = await scriptOf(shell);
    for (const word of ['submit', 'rerun', 'fixture', 'boards']) expect(script).toContain(word);
  });

  it('knows the options of the commands of a command in zsh and fish', async () => {
    expect(await scriptOf('zsh')).toMatch(/^ +'token create'\) compadd -- .*--role/m);
    expect(await scriptOf('zsh')).toMatch(/^ +token \| 'token '\*\) compadd -- create /m);
    const fish = (await scriptOf('fish')).split('\n');
    const within = "-n '__fish_seen_subcommand_from token; and __fish_seen_subcommand_from create'";
    expect(fish.filter((line) => line.includes(`${within} -l role `))).toHaveLength(1);
    const first = /'__fish_seen_subcommand_from token; and not __fish_seen_subcommand_from create/;
    expect(fish.filter((line) => first.test(line) && line.includes('-a create'))).toHaveLength(1);
  });

  it('of an unknown shell is wrong use', async () => {
    expect((await callCli(['completion', 'tcsh'], { cwd })).exitCode).toBe(2);
  });
});
