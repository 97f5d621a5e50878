import { Argument, type Command } from 'commander';
import { printLine } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { CommandWorld } from './options.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function addCompletion(program: Command, { context, end }: CommandWorld): void {
  program
    .command('completion')
    .summary('print what a shell needs to complete commands and options')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  source <(greenrack completion bash)      in ~/.bashrc
  source <(greenrack completion zsh)       in ~/.zshrc, after compinit
  greenrack completion fish | source       in ~/.config/fish/config.fish`,
    )
    .action((shell: Shell) => {
      printLine(context, SCRIPTS[shell](program.commands));
      end(EXIT.pass);
    });
}

/** Names hold letters, digits and `-` only, so they need no quotes. */
const optionsOf = (command: Command): string[] =>
  command.options.flatMap((each) => each.long ?? []);

const wordsOf = (command: Command): string =>
  [...command.commands.map((each) => each.name()), ...optionsOf(command), '--help'].join(' ');

function bash(commands: readonly Command[]): string {
  const cases = commands.map((each) => `    ${each.name()}) words="${wordsOf(each)}" ;;`);
  return `_greenrack() {
  local word=\${COMP_WORDS[COMP_CWORD]} words
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
  ((COMP_CWORD > 1)) || words="${commands.map((each) => each.name()).join(' ')} --help --version"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _greenrack greenrack ./greenrack`;
}

function zsh(commands: readonly Command[]): string {
  const names = commands.map((each) => `    ${quoted(`${each.name()}:${each.summary()}`)}`);
  const cases = commands.map((each) => `    ${each.name()}) compadd -- ${wordsOf(each)} ;;`);
  return `_greenrack() {
  local -a commands=(
${names.join('\n')}
  )
  ((CURRENT > 2)) || { _describe command commands; return }
  [[ $PREFIX == -* ]] || _files
  case $words[2] in
${cases.join('\n')}
  esac
}
compdef _greenrack greenrack ./greenrack`;
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((each) => [
    `complete -c greenrack -n __fish_use_subcommand -f -a ${each.name()} -d ${quoted(each.summary())}`,
    ...each.options.map(
      ({ long, description }) =>
        `complete -c greenrack -n '__fish_seen_subcommand_from ${each.name()}' -l ${(long ?? '').slice(2)} -d ${quoted(description)}`,
    ),
  ]);
  return lines.join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll("'", '')}'`;

const SCRIPTS: Readonly<Record<Shell, (commands: readonly Command[]) => string>> = {
  bash,
  zsh,
  fish,
};
