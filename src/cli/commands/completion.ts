/**
 * `holdfast completion bash`: a script that completes commands and their options, the daemon's options, and for
 * `explain` the keywords, blocks and codes of the tables. The script holds all words, so completing starts no
 * program. (DESIGN section 2, config/schema)
 */
import type { Command } from 'commander';
import { CODES } from '../../config/codes.js';
import { makeReference } from '../../config/reference.js';
import type { Output } from '../output.js';

/** Returns the exit code: 0 written, 1 an unknown shell. */
export function runCompletion(
  shell: string,
  program: Command,
  daemonOptions: readonly string[],
  out: Output,
  err: Output,
): number {
  if (shell !== 'bash') {
    err.write('holdfast completion: bash is the only shell that is known\n');
    return 1;
  }
  out.write(bashCompletion(program, daemonOptions));
  return 0;
}

/** Commands whose arguments are files. */
const TAKES_FILES = new Set(['check', 'show-config']);
const SHELLS = 'bash';

export function bashCompletion(program: Command, daemonOptions: readonly string[]): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    options: ['--help', ...command.options.flatMap(({ short, long }) => [short ?? '', long ?? ''])],
  }));
  const { blocks, words } = makeReference();
  const keywords = [...words.keys(), ...Object.values(CODES).map(({ id }) => id)];
  const blockNames = blocks.flatMap(({ name }) => name.split(' ')).filter((name) => name !== '');
  const names = commands.map(({ name }) => name);
  return `# Completion of holdfast for bash. In ~/.bashrc: source <(holdfast completion bash)
_holdfast() {
  local word=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} options= arguments=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${list([...names, 'help', ...daemonOptions])}' -- "$word"))
    return
  fi
  case $command in
${commands.map(({ name, options }) => caseOf(name, options)).join('')}    help) arguments='${list(names)}' ;;
    *) COMPREPLY=($(compgen -W '${list(daemonOptions)}' -- "$word")); [ "\${word:0:1}" = - ] || COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case $command,$COMP_CWORD in
    explain,2) arguments='${list(keywords)}' ;;
    explain,3) arguments='${list(blockNames)}' ;;
    completion,2) arguments='${SHELLS}' ;;
  esac
  if [ "\${word:0:1}" = - ]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [ -n "$arguments" ]; then
    COMPREPLY=($(compgen -W "$arguments" -- "$word"))
  else
    case $command in
      ${[...TAKES_FILES].join('|')}) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
  fi
}
complete -o filenames -F _holdfast holdfast
`;
}

/** Words for a single-quoted list; none of ours has a quote or a blank. */
const list = (words: readonly string[]): string =>
  [...new Set(words.filter((word) => word !== ''))].sort().join(' ');

const caseOf = (name: string, options: readonly string[]): string =>
  `    ${name}) options='${list(options)}' ;;\n`;
