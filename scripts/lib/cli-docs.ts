import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { buildProgram } from '@greenrack/farm-cli';

type Command = ReturnType<typeof buildProgram>;

export const CLI_BEGIN =
  '<!-- commands: made by scripts/gen-docs.ts from farm-cli/src/commands -->';
export const CLI_END = '<!-- end of commands -->';

/** Replaces what stands between the marks of `docs/cli.md` by all commands with their options. */
export function renderCliDocs(current: string): string {
  const [before, rest] = current.split(CLI_BEGIN);
  const after = rest?.split(CLI_END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/cli.md has lost its marks: ${CLI_BEGIN} … ${CLI_END}`);
  const sections = leaves(program()).map(renderCommand).join('\n');
  return `${before}${CLI_BEGIN}\n\n${sections}\n${CLI_END}${after}`;
}

function program(): Command {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const context = { env: {}, cwd: '/', stdin, stdout, stderr, signals: new EventEmitter() };
  return buildProgram({ context, end: () => undefined });
}

const leaves = (command: Command): readonly Command[] =>
  command.commands.length === 0
    ? [command]
    : [
        ...(command.parent && actsAlone(command) ? [command] : []),
        ...command.commands.flatMap((each) => leaves(each)),
      ];

/** A command that takes arguments or options does something by itself, whatever is below it. */
const actsAlone = ({ registeredArguments, options }: Command): boolean =>
  registeredArguments.length + options.length > 0;

function renderCommand(command: Command): string {
  const name = [command.parent?.parent ? `${command.parent.name()} ` : '', command.name()].join('');
  const args = command.registeredArguments.map((each) => {
    const text = each.variadic ? `${each.name()}…` : each.name();
    return each.required ? ` <${text}>` : ` [${text}]`;
  });
  const rows = [
    ...command.registeredArguments.map((each) => row(each.name(), each.description)),
    ...command.options.map((each) => row(each.flags, describe(each), each.defaultValue)),
  ];
  const head = `### greenrack ${name}${args.join('')}\n\n${capital(command.summary())}.\n`;
  return rows.length === 0 ? head : `${head}\n| | |\n|---|---|\n${rows.join('\n')}\n`;
}

const describe = ({ description, argChoices }: Command['options'][number]): string =>
  argChoices ? `${argChoices.join(', ')}; ${description}` : description;

function row(name: string, description: string, value?: unknown): string {
  const shown = value === undefined || value === true ? '' : ` (default: ${value})`;
  return `| \`${name}\` | ${description}${shown} |`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
