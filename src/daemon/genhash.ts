/**
 * genhash, under that name and as `holdfast genhash`: fetches a page exactly as HTTP_GET and SSL_GET do and prints the
 * MD5 for their `digest`. Options and output are those of Keepalived's genhash(1); what differs is the exit code, which
 * is 1 where there is no digest. (directives-lvs section 6.2)
 */
import { parseIpAddress } from '../base/ip-address.js';
import { ok, type Result, refuse } from '../base/result.js';
import { seconds } from '../base/time.js';
import type { HttpCheckSettings } from '../config/model-lvs.js';
import type { CheckVerdict } from '../core/health/check.js';
import { describeFailure } from '../core/health/words.js';
import { HostChecks } from '../host/checks/checks.js';
import type { AnswerWatch } from '../host/checks/http-answer.js';
import { Poller } from '../host/linux/poller.js';
import { Scripts } from '../host/scripts.js';
import { EXIT_FATAL, EXIT_OK } from './exit-codes.js';
import { splitCommandLine } from './getopt.js';
import type { OptionRow } from './options.js';

const takes = (name: string): { readonly name: string; readonly optional: boolean } => ({
  name,
  optional: false,
});

export const GENHASH_OPTIONS: readonly OptionRow[] = [
  { short: 's', long: 'server', argument: takes('ADDRESS'), help: 'address of the server' },
  { short: 'p', long: 'port', argument: takes('PORT'), help: 'port of the server' },
  { short: 'u', long: 'url', argument: takes('PATH'), help: 'path of the page' },
  { short: 'S', long: 'use-ssl', help: 'within TLS' },
  { short: 'I', long: 'use-sni', help: 'send the name of -V in the TLS handshake' },
  { short: 'V', long: 'use-virtualhost', argument: takes('NAME'), help: 'name for the Host header' },
  {
    short: 'P',
    long: 'protocol',
    argument: takes('VERSION'),
    help: '1.0, 1.0c (with "Connection: close") or 1.1',
  },
  {
    short: 't',
    long: 'timeout',
    argument: takes('SECONDS'),
    help: 'for connecting, and again for the answer; 5',
  },
  { short: 'm', long: 'fwmark', argument: takes('MARK'), help: 'firewall mark on the packets' },
  { short: 'v', long: 'verbose', help: 'show header, page and digest' },
  { short: 'h', long: 'help', help: 'this text' },
];

export interface GenhashRequest {
  readonly settings: HttpCheckSettings;
  readonly path: string;
  readonly verbose: boolean;
}

/** What a command line asks for; on refusal a line for people, empty where the usage says enough. */
export function parseGenhash(argv: readonly string[]): Result<GenhashRequest> {
  const split = splitCommandLine(GENHASH_OPTIONS, argv);
  if (!split.ok) return split;
  const values = new Map(split.value.given.map(({ option, value }) => [option.long, value ?? '']));
  const [stray] = split.value.stray;
  if (stray !== undefined) return refuse(`"${stray}" is no option`);
  const [server, path] = [values.get('server'), values.get('url')];
  if (values.has('help') || server === undefined || path === undefined) return refuse('');
  const address = parseIpAddress(server);
  if (!address.ok) return refuse(`server should be an IP, not ${server}`);
  const port = numberIn(values.get('port') ?? (values.has('use-ssl') ? '443' : '80'), 1, 65535);
  const mark = numberIn(values.get('fwmark') ?? '0', 0, 2 ** 32 - 1);
  const patience = Number(values.get('timeout') ?? 5);
  const version = VERSIONS.find((known) => known === (values.get('protocol') ?? '1.0'));
  if (port === undefined) return refuse(`port should be 1 to 65535, not ${values.get('port')}`);
  if (mark === undefined) return refuse(`fwmark should be a number, not ${values.get('fwmark')}`);
  if (!(patience > 0 && patience < 4294))
    return refuse(`timeout should be seconds, not ${values.get('timeout')}`);
  if (!version) return refuse(`protocol should be 1.0, 1.0c or 1.1, not ${values.get('protocol')}`);
  const virtualhost = values.get('use-virtualhost');
  const serverName = values.has('use-sni') ? virtualhost : undefined;
  return ok({
    path,
    verbose: values.has('verbose'),
    settings: {
      kind: values.has('use-ssl') ? 'SSL_GET' : 'HTTP_GET',
      ...ONCE,
      target: { address: address.value, port, fwmark: mark, connectTimeout: seconds(patience) },
      version,
      fastRecovery: false,
      urls: [
        {
          path,
          statusCodes: [{ from: 0, to: 999 }],
          tlsCompliant: false,
          ...(virtualhost === undefined ? {} : { virtualhost }),
          ...(serverName === undefined ? {} : { serverName }),
        },
      ],
    },
  });
}

const VERSIONS = ['1.0', '1.0C', '1.0c', '1.1'] as const;
/** When to check again, for one who checks once. */
const ONCE = {
  delayLoop: seconds(1),
  retry: 0,
  delayBeforeRetry: seconds(1),
  warmup: seconds(0),
  alpha: false,
  logAllFailures: false,
};

function numberIn(text: string, least: number, most: number): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
}

/** Prints to the streams; returns the exit code. */
export async function genhash(
  argv: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const parsed = parseGenhash(argv);
  if (!parsed.ok) {
    complain(`${parsed.error === '' ? '' : `${parsed.error}\n`}${usage()}`);
    return EXIT_FATAL;
  }
  const { settings, path, verbose } = parsed.value;
  let digest: string | undefined;
  let status = '';
  const verdict = await lookOnce(settings, {
    header: (bytes) => {
      status = /^\S+ (\d{3})\b/.exec(Buffer.from(bytes).toString('latin1', 0, 64))?.[1] ?? 'none';
      if (verbose)
        print(
          `${HEADER_DUMP}\n${hexDump(bytes, 0)}${HEADER_TEXT}\n${Buffer.from(bytes).toString('latin1')}\n`,
        );
    },
    body: (bytes) => {
      if (verbose) print(hexDump(bytes, 0));
    },
    digest: (hex) => {
      digest = hex;
    },
  });
  if (verdict.kind === 'good' && digest !== undefined) {
    if (verbose) print(`\n${HASH_DUMP}\n${hexDump(Buffer.from(digest, 'hex'), 0)}\n${HASH_FINAL}\n`);
    print(`${digest}\n`);
    if (!status.startsWith('2'))
      complain(
        `HTTP status code ${status}: no check takes this page, unless its url lists that status_code\n`,
      );
  } else complain(`${failureText(verdict)}\n`);
  if (verbose) print(`\nGlobal response time for [${path}] = ${verdict.elapsed} usecs\n`);
  return verdict.kind === 'good' ? EXIT_OK : EXIT_FATAL;
}

function failureText(verdict: CheckVerdict): string {
  if (verdict.kind === 'unmade') return verdict.error.message;
  if (verdict.kind === 'good') return 'no data received from remote webserver';
  return describeFailure(verdict.reason);
}

async function lookOnce(settings: HttpCheckSettings, watch: AnswerWatch): Promise<CheckVerdict> {
  const poller = new Poller();
  const scripts = new Scripts(
    () => {},
    () => {},
  );
  let answer: (verdict: CheckVerdict) => void = () => {};
  const answered = new Promise<CheckVerdict>((done) => {
    answer = done;
  });
  const checks = new HostChecks(poller, scripts, ({ verdict }) => answer(verdict), watch);
  poller.onWake(() => poller.poll());
  checks.define(1, settings);
  checks.start(1, 0);
  const verdict = await answered;
  await checks.close();
  scripts.close();
  poller.close();
  return verdict;
}

const HEADER_DUMP = '-----------------------[    HTTP Header Buffer    ]-----------------------';
const HEADER_TEXT = '-----------------------[ HTTP Header Ascii Buffer ]-----------------------';
const HASH_DUMP = '-----------------------[    HTML hash resulting    ]-----------------------';
const HASH_FINAL = '-----------------------[ HTML hash final resulting ]-----------------------';

/** Sixteen bytes a line: where, in hexadecimal, as text. */
function hexDump(bytes: Uint8Array, from: number): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const cells = Array.from({ length: 16 }, (_, cell) => row[cell]?.toString(16).padStart(2, '0') ?? '  ');
    const shown = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    const place = String(from + at).padStart(4, '0');
    text += `${place}  ${cells.slice(0, 8).join(' ')} - ${cells.slice(8).join(' ')}   ${shown.padEnd(16)}\n`;
  }
  return text;
}

function usage(): string {
  const rows = GENHASH_OPTIONS.map(({ short = '', long, argument, help }) => {
    const name = `   -${short}, --${long}${argument ? ` ${argument.name}` : ''}`;
    return `${name.padEnd(32)} ${help}`;
  });
  return `Usage: genhash [OPTIONS] -s ADDRESS [-p PORT] -u PATH\n\nOptions:\n${rows.join('\n')}\n`;
}
