/** The grammar of a rule: `virtual_rules` and `static_rules`. (directives-vrrp section 8) */
import { familyOf } from '../../base/ip-address.js';
import type { Word } from '../lexer.js';
import type { RuleAction, RuleOptions, RuleSettings } from '../model-net.js';
import { decodeBytes } from '../source.js';
import { type Argument, interfaceName, type Reading, text } from './arguments.js';
import {
  byWord,
  id,
  LineFamily,
  numberOf,
  type Options,
  prefixOf,
  range,
  realms,
  showOptions,
  showPrefix,
  unsigned,
  word,
} from './options.js';

const UINT32 = 4294967295;

const mark = word<{ readonly mark: number; readonly mask?: number }>(
  { syntax: 'MARK[/MASK]', examples: { accepted: ['7', '0x10/0xff'], refused: ['x'] } },
  (written) => {
    const [value, mask, more] = written.split('/').map((part) => numberOf(part, UINT32));
    if (value === undefined || more !== undefined || (written.includes('/') && mask === undefined))
      return { wrong: 'is no mark such as 0x10/0xff' };
    return { value: { mark: value, ...(mask === undefined ? {} : { mask }) } };
  },
  ({ mark: value, mask }) => (mask === undefined ? String(value) : `${value}/${mask}`),
);

const wide = word<string>(
  { syntax: 'NUMBER', range: '0..2^64-1', examples: { accepted: ['7'], refused: ['x'] } },
  (written) => {
    if (!/^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(written)) return { wrong: 'is no number' };
    const value = BigInt(written);
    return value < 1n << 64n ? { value: value.toString() } : { wrong: 'has more than 64 bits' };
  },
);

const OPTIONS: Options<RuleOptions> = {
  preference: { words: ['preference', 'order', 'priority'], argument: unsigned(UINT32) },
  tos: { words: ['tos', 'dsfield'], argument: id('TOS', 255) },
  fwmark: { words: ['fwmark'], argument: mark },
  realms: { words: ['realms'], argument: realms, family: 'ipv4' },
  suppressPrefixLength: { words: ['suppress_prefixlength', 'sup_pl'], argument: unsigned(128) },
  suppressInterfaceGroup: { words: ['suppress_ifgroup', 'sup_group'], argument: id('GROUP', UINT32) },
  inputInterface: { words: ['iif', 'dev'], argument: interfaceName },
  outputInterface: { words: ['oif'], argument: interfaceName },
  tunnelId: { words: ['tunnel-id'], argument: wide },
  userRange: { words: ['uidrange'], argument: range(UINT32 - 1) },
  protocol: { words: ['protocol'], argument: id('PROTOCOL', 255) },
  // The manual writes it with a line below.
  ipProtocol: { words: ['ipproto', 'ip_proto'], argument: id('PROTOCOL', 255) },
  sourcePorts: { words: ['sport'], argument: range(65535) },
  destinationPorts: { words: ['dport'], argument: range(65535) },
  trackGroup: { words: ['track_group'], argument: text('NAME') },
};
const WORDS = byWord(OPTIONS);
const PLAIN_ACTIONS = ['l3mdev', 'nop', 'blackhole', 'unreachable', 'prohibit'] as const;
const plainAction = (written: string) => PLAIN_ACTIONS.find((one) => one === written);

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** `[inet|inet6] [not] OPTIONS ACTION` */
export function ruleEntry(where: 'virtual' | 'static'): Argument<RuleSettings> {
  return {
    syntax:
      '[inet|inet6] [not] [from PREFIX] [to PREFIX] [iif INTERFACE] ... table TABLE|goto NUMBER|blackhole|...',
    examples: {
      accepted: [
        'from 192.0.2.0/24 table 7',
        'not from 10.0.0.0/8 to 192.0.2.1 iif eth0 oif eth1 fwmark 0x10/0xff table main priority 100',
        'inet6 uidrange 1000-1999 sport 1000-2000 dport 80-80 ipproto tcp tunnel-id 9 lookup 9 sup_pl 0 preference 5 no_track',
        'preference 10 goto 20',
        'iif eth0 l3mdev order 7',
        'blackhole from all preference 3',
        ...(where === 'static' ? ['from 10.0.0.0/8 iif eth0 table 3 track_group g'] : []),
      ],
      refused: [
        'from 192.0.2.0/24',
        'from x table 3',
        'table 0',
        'from 10.0.0.0/8 to 2001:db8::/32 table 3',
        'preference 9 goto 5',
        'table 3 blackhole',
      ],
    },
    begins: WORDS,
    read: (at) => readRule(at, where),
    show: showRule,
  };
}

function readRule(at: Reading, where: 'virtual' | 'static'): RuleSettings | undefined {
  const lineFamily = new LineFamily(at);
  const rule: Writable<Partial<RuleSettings>> = {};
  const values: Record<string, unknown> = {};
  for (let here = at.take(); here; here = at.take()) {
    const written = here.text;
    const found = WORDS.get(written);
    if (found && (written !== 'track_group' || where === 'static')) {
      const value = found.option.argument.read(at);
      if (value === undefined) return undefined;
      if (found.option.family && !lineFamily.takes(found.option.family, here)) return undefined;
      values[found.key] = value;
    } else if (written === 'not') rule.not = true;
    else if (written === 'no_track') rule.noTrack = true;
    else if (written === 'inet' || written === 'inet6') {
      if (!lineFamily.takes(written === 'inet' ? 'ipv4' : 'ipv6', here)) return undefined;
    } else if (written === 'from' || written === 'to') {
      const target = at.take();
      const prefix = target && prefixOf(target.text);
      if (!target) return at.missing(`ADDRESS behind ${written}`);
      if (!prefix)
        return at.report('entryInvalid', target, `"${decodeBytes(target.text)}" is no address with a length`);
      if (prefix !== 'default' && !lineFamily.takes(familyOf(prefix.address), target)) return undefined;
      rule[written] = prefix;
    } else {
      const action = readAction(at, here);
      if (!action) return undefined;
      if (rule.action) return at.report('entryInvalid', here, 'a rule does one thing only');
      rule.action = action;
    }
  }
  const { action } = rule;
  const options = values as RuleOptions;
  if (!action)
    return at.report('entryInvalid', undefined, 'the rule does not say what it does', {
      remedy: 'Add table TABLE, goto NUMBER, blackhole, unreachable or prohibit.',
    });
  const wrong = mismatch(action, options);
  if (wrong !== undefined) return at.report('entryInvalid', undefined, wrong);
  if (options.preference === undefined)
    at.report('ruleWithoutPreference', undefined, 'the rule has no preference');
  return {
    family: lineFamily.family ?? 'ipv4',
    not: false,
    noTrack: false,
    ...options,
    ...rule,
    action,
  };
}

/** What does not go together, in words. */
function mismatch(action: RuleAction, options: RuleOptions): string | undefined {
  if (action.kind === 'goto' && options.preference !== undefined && action.target <= options.preference)
    return `goto ${action.target} leads back: it must be above the preference ${options.preference}`;
  const { realms: tags, suppressPrefixLength, suppressInterfaceGroup } = options;
  if (action.kind !== 'table' && (tags ?? suppressPrefixLength ?? suppressInterfaceGroup) !== undefined)
    return 'realms and suppress options need a table';
  return undefined;
}

function readAction(at: Reading, here: Word): RuleAction | undefined {
  let written = here.text;
  let place = here;
  if (written === 'type') {
    const next = at.take();
    if (!next) return at.missing('an action behind type');
    written = next.text;
    place = next;
  }
  const plain = plainAction(written);
  if (plain) return { kind: plain };
  if (written === 'goto') {
    const target = unsigned(UINT32, 1).read(at);
    return target === undefined ? undefined : { kind: 'goto', target };
  }
  if (written !== 'table' && written !== 'lookup') {
    return at.report('entryInvalid', place, `"${decodeBytes(written)}" is no option and no action of a rule`);
  }
  const table = id('TABLE', UINT32).read(at);
  if (table === undefined) return undefined;
  if (table === 0) return at.report('entryInvalid', place, 'table 0 is not possible');
  return { kind: 'table', table };
}

export function showRule(rule: RuleSettings): string {
  const { family, not, from, to, action, noTrack } = rule;
  const shownAction =
    action.kind === 'table'
      ? `table ${action.table}`
      : action.kind === 'goto'
        ? `goto ${action.target}`
        : action.kind;
  return [
    family === 'ipv6' ? 'inet6' : 'inet',
    not ? 'not' : '',
    from === undefined ? '' : `from ${showPrefix(from)}`,
    to === undefined ? '' : `to ${showPrefix(to)}`,
    ...showOptions(OPTIONS, rule),
    shownAction,
    noTrack ? 'no_track' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}
