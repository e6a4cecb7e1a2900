/**
 * Every finding: its stable id, how grave it is, what `-t` answers because of it, and what a person should know.
 * Ids never change their meaning. Where findings are made is left to the stages of the pipeline.
 * (configuration reference, sections 8 and 9)
 */
import { ADVICE_CODES } from './codes-advice.js';
import { LVS_CODES } from './codes-lvs.js';

/**
 * fatal: cannot run. error: a piece is dropped; a start goes on, a reload is refused. warning: it runs, but
 * not as written or not as meant. note: good to know.
 */
export type Severity = 'fatal' | 'error' | 'warning' | 'note';
/** 0 fine, 5 runs with changes, 6 script security or a checked include, 4 cannot run, 2 a value is missing. */
export type ExitStatus = 0 | 2 | 4 | 5 | 6;

export interface CodeFacts {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly exit: ExitStatus;
  /** What follows from it, one sentence. */
  readonly consequence: string;
  /** What to do, where the finding itself does not know better. */
  readonly remedy: string;
  /** What `holdfast explain CODE` adds. */
  readonly explanation: string;
  /** Whether a comment `holdfast: allow CODE` silences it. */
  readonly silenceable: boolean;
}

export type Entry = Omit<CodeFacts, 'silenceable'> & { readonly silenceable?: boolean };

const code = (entry: Entry): CodeFacts => ({
  silenceable: entry.severity === 'note' || entry.severity === 'warning',
  ...entry,
});

const all = <K extends string>(entries: Readonly<Record<K, Entry>>): Readonly<Record<K, CodeFacts>> =>
  Object.fromEntries(Object.entries<Entry>(entries).map(([name, entry]) => [name, code(entry)])) as Record<
    K,
    CodeFacts
  >;

export const CODES = {
  // HF00xx: files.
  fileUnreadable: code({
    id: 'HF0001',
    title: 'The configuration cannot be read',
    severity: 'fatal',
    exit: 4,
    consequence: 'Nothing can be configured, so the daemon does not start; a running one keeps what it has.',
    remedy: 'Name an existing, readable, regular file that is not executable.',
    explanation:
      'The main file is missing, a directory, a device, not permitted to the user who runs the daemon, or larger than is read at all.',
  }),
  fileBinary: code({
    id: 'HF0002',
    title: 'The file is not text',
    severity: 'fatal',
    exit: 4,
    consequence: 'Its contents are ignored.',
    remedy: 'Check the name; a compressed or encrypted file has to be unpacked first.',
    explanation: 'Many zero bytes or control characters stand at its beginning, which no configuration has.',
  }),
  includeMissing: code({
    id: 'HF0003',
    title: 'An include finds no file',
    severity: 'note',
    exit: 0,
    consequence: 'Reading goes on without it.',
    remedy: 'Correct the name, or use includem to make a missing file an error.',
    explanation:
      'A plain include line tolerates that nothing matches. The stricter forms includer, includem, includew, includeb and includea, and the global include_check, do not.',
  }),
  includeRefused: code({
    id: 'HF0004',
    title: 'A checked include fails',
    severity: 'fatal',
    exit: 6,
    consequence: 'The daemon does not start, because this include was asked to be checked.',
    remedy: 'Make the file available and readable, or use a plain include.',
    explanation:
      'The form of the include, include_check or the option --all-config demands that it succeeds.',
  }),
  includeSkipped: code({
    id: 'HF0005',
    title: 'An included file is skipped',
    severity: 'note',
    exit: 0,
    consequence: 'Its contents are not part of the configuration.',
    remedy: 'Only regular, readable files without execute permission are read.',
    explanation:
      'Editors, package managers and version control leave other things in such directories, so executable files and special files are passed over.',
  }),
  includeLoop: code({
    id: 'HF0006',
    title: 'Includes go round in a circle or too deep',
    severity: 'fatal',
    exit: 4,
    consequence: 'The include is not followed.',
    remedy: 'Remove the include that leads back to a file that is already being read.',
    explanation: 'A file may be included several times, but not by itself, directly or through others.',
  }),
  lineTooLong: code({
    id: 'HF0007',
    title: 'A line is too long',
    severity: 'error',
    exit: 5,
    consequence: 'The whole line is ignored.',
    remedy: 'Keep lines below 1023 bytes, comments included; long lists go on several lines.',
    explanation:
      'Keepalived reads lines into 1024 bytes and takes the rest of a longer one for a line of its own. Here the line is left out as a whole.',
  }),
  nulByte: code({
    id: 'HF0008',
    title: 'A line holds a zero byte',
    severity: 'error',
    exit: 5,
    consequence: 'The line is ignored.',
    remedy: 'Remove it; the file may be damaged or saved in UTF-16.',
    explanation: 'No text has zero bytes. Files saved as UTF-16 have one at every letter.',
  }),
  notUtf8: code({
    id: 'HF0009',
    title: 'The text is not valid UTF-8',
    severity: 'note',
    exit: 0,
    consequence: 'Its bytes are used as they are.',
    remedy: 'Save the file as UTF-8.',
    explanation: 'Values are bytes, so nothing is lost, but letters outside ASCII may be shown wrongly.',
  }),
  tooMuch: code({
    id: 'HF0010',
    title: 'The configuration is larger than is read',
    severity: 'fatal',
    exit: 4,
    consequence: 'Reading stops there.',
    remedy: 'Shorten it; look for a repetition or an include that makes far more lines than meant.',
    explanation: 'Lines, expansions and files have bounds so that no input can exhaust the memory.',
  }),
  emptyConfiguration: code({
    id: 'HF0011',
    title: 'Nothing is configured',
    severity: 'note',
    exit: 0,
    consequence: 'The daemon runs and does nothing.',
    remedy: 'Add a vrrp_instance, a virtual_server or a bfd_instance.',
    explanation:
      'The file holds no line that configures anything, perhaps because conditions removed all of them.',
  }),
  severalFiles: code({
    id: 'HF0012',
    title: 'The name of the configuration matches several files',
    severity: 'warning',
    exit: 5,
    consequence: 'All of them are read, in the order of their names.',
    remedy: 'Name one file and include the others from it.',
    explanation: 'The file given with -f may be a pattern; usually one file is meant.',
  }),
  tooManyFindings: code({
    id: 'HF0099',
    title: 'More findings than are kept',
    severity: 'note',
    exit: 0,
    consequence: 'They count for the result but are not listed.',
    remedy: 'Mend the first ones and check again.',
    explanation: 'The list of findings has a bound.',
  }),

  // HF01xx: characters, expansion, structure.
  openQuote: code({
    id: 'HF0101',
    title: 'A quote is not closed',
    severity: 'error',
    exit: 5,
    consequence: 'The rest of the line, with the quote, is ignored.',
    remedy: 'Add the missing double quote.',
    explanation:
      'Double quotes must be closed on the same line; there is no escape for a quote in plain keywords.',
  }),
  unknownKeyword: code({
    id: 'HF0102',
    title: 'An unknown keyword',
    severity: 'warning',
    exit: 5,
    consequence: 'The line is ignored, and the block in braces that follows it as well.',
    remedy: 'Remove it or correct its spelling.',
    explanation:
      'Keywords are known per block. Keepalived ignores only the line and reads the inside of its block as part of the enclosing block; here the whole block is passed over.',
  }),
  missingOpen: code({
    id: 'HF0103',
    title: 'A block does not begin with {',
    severity: 'error',
    exit: 5,
    consequence: 'Reading goes on as if it stood there.',
    remedy: 'Add { at the end of the line.',
    explanation: 'The brace belongs on the line of the keyword or on the next one.',
  }),
  missingClose: code({
    id: 'HF0104',
    title: 'A block is not closed',
    severity: 'error',
    exit: 5,
    consequence: 'It is taken to end where the next block begins, or at the end of the file.',
    remedy: 'Add the missing }.',
    explanation:
      'When a keyword turns up that is a block of an outer level, the block before it was probably not closed.',
  }),
  extraClose: code({
    id: 'HF0105',
    title: 'A } without a {',
    severity: 'error',
    exit: 5,
    consequence: 'It is ignored.',
    remedy: 'Remove it, or find the { that is missing above.',
    explanation: 'There is no open block that it could close.',
  }),
  unexpectedOpen: code({
    id: 'HF0106',
    title: 'A { where no block begins',
    severity: 'error',
    exit: 5,
    consequence: 'It and everything up to its } are ignored.',
    remedy: 'Remove the braces, or name the block they belong to.',
    explanation: 'The keyword before it takes no block.',
  }),
  closedTooEarly: code({
    id: 'HF0107',
    title: 'A block is closed too early',
    severity: 'error',
    exit: 5,
    consequence: 'The lines after it do not belong to the block and are ignored.',
    remedy: 'Remove that }.',
    explanation: 'Keywords of a block follow its closing brace, where only new blocks may stand.',
  }),
  definitionTooLong: code({
    id: 'HF0110',
    title: 'An expansion grows too long',
    severity: 'error',
    exit: 5,
    consequence: 'The line is ignored.',
    remedy: 'Look for a definition that contains itself; otherwise split the line.',
    explanation:
      'Definitions are replaced where they are used, over and over while references remain; one that leads back to itself never ends.',
  }),
  definitionNotLast: code({
    id: 'HF0111',
    title: 'A definition of several lines is not the last thing on its line',
    severity: 'error',
    exit: 5,
    consequence: 'The line is ignored.',
    remedy: 'Put what follows the reference on a line of its own.',
    explanation: 'Where the definition has several lines nothing can follow it on the line that uses it.',
  }),
  builtinArguments: code({
    id: 'HF0112',
    title: 'A built-in definition has wrong arguments',
    severity: 'error',
    exit: 5,
    consequence: 'It is left as it stands.',
    remedy: 'In the braces write _RANDOM, _RANDOM MIN MAX or _ENV NAME.',
    explanation: 'Arguments are numbers for _RANDOM and one name for _ENV.',
  }),
  sequenceInvalid: code({
    id: 'HF0113',
    title: 'A repetition is not understood',
    severity: 'error',
    exit: 5,
    consequence: 'The line is ignored.',
    remedy: 'Write ~SEQ(var, start, step, end), ~SEQ(var, start, end), ~SEQ(var, end) or ~LST(var, a, b, c).',
    explanation:
      'With three numbers the step is in the middle. Numbers may be hexadecimal (0x) or octal (leading 0), so 08 is not a number.',
  }),
  conditionInvalid: code({
    id: 'HF0114',
    title: 'A condition names nothing',
    severity: 'error',
    exit: 5,
    consequence: 'The line is ignored.',
    remedy: 'Write @id or @^id directly at the beginning of the line, without a blank.',
    explanation: 'The word after @ is compared with the configuration id (option -i, else the host name).',
  }),
  undefinedName: code({
    id: 'HF0115',
    title: 'A reference has no definition',
    severity: 'error',
    exit: 5,
    consequence: 'It stays in the text as it is written.',
    remedy: 'Define it above with $NAME=VALUE, or put it into double quotes if a shell shall see it.',
    explanation:
      'Outside quotes Keepalived takes the braces of such a reference for a block, and what follows goes astray.',
  }),

  // HF02xx: words and values.
  missingValue: code({
    id: 'HF0201',
    title: 'A value is missing',
    severity: 'fatal',
    exit: 2,
    consequence: 'The daemon does not start: Keepalived stops at such a line, too.',
    remedy: 'Add the value or remove the line.',
    explanation: 'The keyword demands a value and none stands behind it.',
  }),
  invalidValue: code({
    id: 'HF0202',
    title: 'A value is not valid',
    severity: 'error',
    exit: 5,
    consequence: 'The line is ignored and the default applies.',
    remedy: 'Use a value of the kind and range that the keyword takes.',
    explanation: 'The value has the wrong form or lies outside the range.',
  }),
  extraWords: code({
    id: 'HF0203',
    title: 'More words than the keyword takes',
    severity: 'note',
    exit: 0,
    consequence: 'They are ignored.',
    remedy: 'Remove them, or put quotes around a value that contains blanks.',
    explanation: 'Keepalived ignores them silently.',
  }),
  valueAdjusted: code({
    id: 'HF0204',
    title: 'A value is adjusted',
    severity: 'warning',
    exit: 5,
    consequence: 'Another value than the written one is used.',
    remedy: 'Write the value that is meant.',
    explanation: 'The value is outside what can be used and is moved to the nearest that can.',
  }),
  passwordTooLong: code({
    id: 'HF0205',
    title: 'auth_pass is longer than eight characters',
    severity: 'warning',
    exit: 5,
    consequence: 'Only the first eight are used, so passwords that differ later are equal.',
    remedy: 'Shorten it to eight characters, on all routers.',
    explanation: 'The field in the packet has eight bytes. The password is sent in clear text anyway.',
  }),
  deprecated: code({
    id: 'HF0206',
    title: 'A deprecated keyword',
    severity: 'warning',
    exit: 5,
    consequence: 'It still works.',
    remedy: 'Use its successor.',
    explanation: 'Keepalived has given it another name or another way and may drop it.',
  }),
  repeatedFirstWins: code({
    id: 'HF0207',
    title: 'Said twice, the first counts',
    severity: 'error',
    exit: 5,
    consequence: 'This line is ignored.',
    remedy: 'Keep one of the two.',
    explanation: 'For this keyword later lines do not replace the first one.',
  }),
  repeatedLastWins: code({
    id: 'HF0208',
    title: 'Said twice, the last counts',
    severity: 'note',
    exit: 0,
    consequence: 'The earlier line has no effect.',
    remedy: 'Keep one of the two.',
    explanation: 'Later lines replace earlier ones.',
  }),
  valueMissing: code({
    id: 'HF0209',
    title: 'A value or name is missing',
    severity: 'error',
    exit: 5,
    consequence: 'The line, or the block that has no name, is ignored.',
    remedy: 'Add it or remove the line.',
    explanation:
      'The keyword demands a value, or a name between the keyword and {. Keepalived reports it and goes on, too.',
  }),
  duplicateName: code({
    id: 'HF0210',
    title: 'Two blocks have the same name',
    severity: 'error',
    exit: 5,
    consequence: 'The second block is ignored.',
    remedy: 'Give it a name of its own.',
    explanation: 'References by name could not tell them apart.',
  }),
  entryInvalid: code({
    id: 'HF0211',
    title: 'An entry of a list is not valid',
    severity: 'error',
    exit: 5,
    consequence: 'The entry is left out.',
    remedy: 'Correct it.',
    explanation: 'Each line of the list is one entry.',
  }),
  optionUnknown: code({
    id: 'HF0212',
    title: 'An unknown option',
    severity: 'error',
    exit: 5,
    consequence: 'The option is ignored.',
    remedy: 'Correct its spelling or remove it.',
    explanation: 'The line takes a fixed set of options.',
  }),
  duplicateEntry: code({
    id: 'HF0213',
    title: 'An entry stands twice',
    severity: 'warning',
    exit: 5,
    consequence: 'The second one is ignored.',
    remedy: 'Remove it.',
    explanation: 'The same address or name is listed more than once.',
  }),
  emptyBlock: code({
    id: 'HF0214',
    title: 'A block is empty',
    severity: 'warning',
    exit: 5,
    consequence: 'It has no effect.',
    remedy: 'Fill or remove it.',
    explanation: 'Nothing stands between its braces.',
  }),
  noEffectYet: code({
    id: 'HF0215',
    title: 'Read, but without effect in this version',
    severity: 'note',
    exit: 0,
    consequence: 'It is checked, and nothing more happens yet.',
    remedy: 'Do not rely on it here yet; Keepalived carries it out.',
    explanation:
      'The keyword belongs to a part of Holdfast that is still to come. The reference marks them all.',
  }),

  // HF03xx: blocks and references.
  requiredMissing: code({
    id: 'HF0301',
    title: 'Something that a block needs is missing',
    severity: 'error',
    exit: 5,
    consequence: 'The block is ignored.',
    remedy: 'Add it.',
    explanation: 'Without it the block cannot work.',
  }),
  unknownReference: code({
    id: 'HF0302',
    title: 'A name refers to nothing',
    severity: 'error',
    exit: 5,
    consequence: 'The reference is ignored.',
    remedy: 'Correct the name or add the block.',
    explanation: 'No block of that kind has this name.',
  }),
  laterReference: code({
    id: 'HF0303',
    title: 'A name is used before it is defined',
    severity: 'error',
    exit: 5,
    consequence: 'The reference is ignored, as in Keepalived.',
    remedy: 'Move the definition above its use.',
    explanation: 'Scripts, files, processes and BFD sessions are looked up while the file is read.',
  }),
  clashingRouterId: code({
    id: 'HF0304',
    title: 'Two instances use the same virtual router id',
    severity: 'fatal',
    exit: 4,
    consequence: 'The two would answer to the same adverts, so the daemon does not start.',
    remedy: 'Give one of them another virtual_router_id, here and on its peers.',
    explanation:
      'The id must be unique per interface, address family and multicast group; unicast instances may share one if their peers differ.',
  }),
  familyMix: code({
    id: 'HF0305',
    title: 'IPv4 and IPv6 are mixed',
    severity: 'error',
    exit: 5,
    consequence: 'The address is left out.',
    remedy: 'Use two instances, or virtual_ipaddress_excluded for the other family.',
    explanation: 'One instance speaks one family; the first address decides which.',
  }),
  settingIgnored: code({
    id: 'HF0306',
    title: 'Two settings exclude each other',
    severity: 'warning',
    exit: 5,
    consequence: 'One of them is ignored.',
    remedy: 'Remove one of the two.',
    explanation: 'The combination is not possible.',
  }),
  unused: code({
    id: 'HF0307',
    title: 'A definition is not used',
    severity: 'warning',
    exit: 0,
    consequence: 'It is left out.',
    remedy: 'Use it in a track block or remove it.',
    explanation: 'Nothing refers to it.',
  }),

  weightIgnored: code({
    id: 'HF0308',
    title: 'A weight where weights have no effect',
    severity: 'warning',
    exit: 5,
    consequence: 'The priority does not change by it.',
    remedy:
      'Track it without a weight, so that its failure means FAULT; or, in a group, add sync_group_tracking_weight.',
    explanation:
      'The owner of the addresses always has priority 255. Members of a sync group move together, and weights that differ between them would tear the group apart, so they are ignored unless the group has sync_group_tracking_weight.',
  }),

  // HF04xx: the machine.
  interfaceMissing: code({
    id: 'HF0401',
    title: 'An interface does not exist on this machine',
    severity: 'error',
    exit: 4,
    consequence: 'The instance stays in FAULT until the interface appears.',
    remedy: 'Correct the name, or create the interface.',
    explanation: 'Keepalived does not start then unless dynamic_interfaces is given; Holdfast waits for it.',
  }),
  addressMissing: code({
    id: 'HF0402',
    title: 'A source address is on no interface of this machine',
    severity: 'warning',
    exit: 0,
    consequence:
      'The instance stays in FAULT until the address appears; Keepalived would silently never take over.',
    remedy: 'Use an address of this machine.',
    explanation: 'Adverts cannot be sent from an address that the machine does not have.',
  }),

  checkMissing: code({
    id: 'HF0403',
    title: 'The program of a check cannot be started',
    severity: 'warning',
    exit: 5,
    consequence: 'The check fails each time it should run.',
    remedy: 'Put the program there, make it executable, or correct its path.',
    explanation:
      'The file is missing, a directory, or not executable. Bare names are looked up in PATH. Keepalived leaves a tracked script like that out altogether.',
  }),
  programMissing: code({
    id: 'HF0408',
    title: 'A program cannot be started',
    severity: 'warning',
    exit: 0,
    consequence: 'Nobody is told when it should run.',
    remedy: 'Put the program there, make it executable, or correct its path.',
    explanation: 'The file is missing, a directory, or not executable. Bare names are looked up in PATH.',
  }),
  identityUnknown: code({
    id: 'HF0404',
    title: 'A program shall run as somebody whom this machine does not know',
    severity: 'warning',
    exit: 5,
    consequence: 'It is not run.',
    remedy: 'Create the user or group, or name another.',
    explanation: 'User and group stand behind the command, in the user line of its block, or in script_user.',
  }),
  scriptSecurityOff: code({
    id: 'HF0405',
    title: 'Programs run without script security',
    severity: 'note',
    exit: 6,
    consequence:
      'Whoever may change one of these programs, or a folder above it, can act as the user it runs as.',
    remedy: 'Add enable_script_security and script_user to global_defs.',
    explanation:
      'With enable_script_security, programs that others than root could change are not run as root. Keepalived answers 6 to -t without it.',
  }),
  programUnsafe: code({
    id: 'HF0406',
    title: 'A program that runs as root can be changed by others',
    severity: 'warning',
    exit: 6,
    consequence: 'Whoever may change it becomes root when it runs.',
    remedy: 'Give the file and all folders above it to root, and take write permission from others.',
    explanation: 'Every part of the path counts: who may rename a folder may replace what is in it.',
  }),
  programRefused: code({
    id: 'HF0407',
    title: 'Script security forbids a program',
    severity: 'error',
    exit: 5,
    consequence: 'It is not run.',
    remedy:
      'Give the file and all folders above it to root, and take write permission from others; or run it as another user.',
    explanation: 'With enable_script_security nothing runs as root that others than root could change.',
  }),

  ...all(ADVICE_CODES),
  ...all(LVS_CODES),
} as const satisfies Record<string, CodeFacts>;

export type CodeName = keyof typeof CODES;

/** The entry with this id, in any case of letters. */
export function findCode(id: string): CodeFacts | undefined {
  const wanted = id.toUpperCase();
  return Object.values(CODES).find((entry) => entry.id === wanted);
}
