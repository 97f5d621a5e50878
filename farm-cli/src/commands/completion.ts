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

interface Place {
  /** What was typed before: `token`, `token create`. */
  readonly path: string;
  readonly words: string;
}

/** Where something can be completed; a command of a command comes before the command, whose pattern is wider. */
const placesOf = (commands: readonly Command[]): Place[] =>
  commands.flatMap((each) => [
    ...each.commands.map((sub) => ({ path: `${each.name()} ${sub.name()}`, words: wordsOf(sub) })),
    { path: each.name(), words: wordsOf(each) },
  ]);

const patternOf = ({ path }: Place): string =>
  path.includes(' ') ? `'${path}'` : `${path} | '${path} '*`;

function bash(commands: readonly Command[]): string {
  const cases = placesOf(commands).map(
    (each) => `    ${patternOf(each)}) words="${each.words}" ;;`,
  );
  return `_greenrack() {
  local word=\${COMP_WORDS[COMP_CWORD]} words path=\${COMP_WORDS[1]}
  ((COMP_CWORD < 3)) || path+=" \${COMP_WORDS[2]}"
  case $path in
${cases.join('\n')}
  esac
  ((COMP_CWORD > 1)) || words="${commands.map((each) => each.name()).join(' ')} --help --version"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _greenrack greenrack ./greenrack`;
}

function zsh(commands: readonly Command[]): string {
  const names = commands.map((each) => `    ${quoted(`${each.name()}:${each.summary()}`)}`);
  const cases = placesOf(commands).map(
    (each) => `    ${patternOf(each)}) compadd -- ${each.words} ;;`,
  );
  return `_greenrack() {
  local -a commands=(
${names.join('\n')}
  )
  ((CURRENT > 2)) || { _describe command commands; return }
  [[ $PREFIX == -* ]] || _files
  local typed=$words[2]
  ((CURRENT < 4)) || typed+=" $words[3]"
  case $typed in
${cases.join('\n')}
  esac
}
compdef _greenrack greenrack ./greenrack`;
}

function fish(commands: readonly Command[]): string {
  const offer = (condition: string, { name, summary }: { name: string; summary: string }) =>
    `complete -c greenrack -n ${condition} -f -a ${name} -d ${quoted(summary)}`;
  const optionsAt = (condition: string, command: Command) =>
    command.options.map(
      ({ long, description }) =>
        `complete -c greenrack -n ${condition} -l ${(long ?? '').slice(2)} -d ${quoted(description)}`,
    );
  const named = (command: Command) => ({ name: command.name(), summary: command.summary() });
  const lines = commands.flatMap((each) => {
    const seen = `__fish_seen_subcommand_from ${each.name()}`;
    const subs = each.commands.map((sub) => sub.name()).join(' ');
    const only =
      subs === '' ? `'${seen}'` : `'${seen}; and not __fish_seen_subcommand_from ${subs}'`;
    return [
      offer('__fish_use_subcommand', named(each)),
      ...optionsAt(only, each),
      ...each.commands.flatMap((sub) => [
        offer(only, named(sub)),
        ...optionsAt(`'${seen}; and __fish_seen_subcommand_from ${sub.name()}'`, sub),
      ]),
    ];
  });
  return lines.join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll("'", '')}'`;

const SCRIPTS: Readonly<Record<Shell, (commands: readonly Command[]) => string>> = {
  bash,
  zsh,
  fish,
};
