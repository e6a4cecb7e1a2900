/** HTTP_GET and SSL_GET to settings: names resolved per page. (directives-lvs section 6.2) */
import { seconds } from '../../base/time.js';
import type { HttpCheckSettings, RegexSettings, StatusRange, UrlSettings } from '../model-lvs.js';
import { translatePattern } from '../pattern/translate.js';
import type { sslGet } from '../schema/http-check.js';
import type { Values } from '../schema/row.js';
import { argumentSpan, type Statement } from '../tree.js';
import { type CheckSurroundings, network, tellHopeless } from './check-common.js';
import { lackOf, tellLacking } from './lacking.js';

type HttpValues = Values<typeof sslGet.rows>;
type UrlBlock = NonNullable<HttpValues['urls']>[number];
interface HttpBlock {
  readonly statement: Statement;
  readonly values: HttpValues;
}

const SUCCESS: readonly StatusRange[] = [{ from: 200, to: 299 }];
/** What a request line may ask for (RFC 9112 section 3.2), as far as it matters for GET. */
const REQUEST_TARGET = /^(?:\/|[a-z][a-z0-9+.-]*:\/\/|\*$)/i;
const HTTP = { retry: 1, delayBeforeRetry: seconds(3) };

/** Undefined where no page is left to fetch. */
export function buildHttpCheck(
  kind: 'HTTP_GET' | 'SSL_GET',
  block: HttpBlock,
  around: CheckSurroundings,
): HttpCheckSettings | undefined {
  const { values, statement } = block;
  if (!values.urls) {
    tellLacking(statement, ['url'], lackOf(statement, `${kind} has no url`), around.report);
    return undefined;
  }
  const urls = values.urls.flatMap((url) => buildUrl(kind, url, values, around) ?? []);
  if (urls.length === 0) return undefined;
  return network<HttpCheckSettings>(
    block,
    around,
    (facts) => ({
      kind,
      ...facts,
      version: values.version?.value ?? '1.0',
      fastRecovery: values.fastRecovery?.value ?? false,
      urls,
    }),
    HTTP,
  );
}

function buildUrl(
  kind: 'HTTP_GET' | 'SSL_GET',
  { values, statement }: UrlBlock,
  check: HttpValues,
  around: CheckSurroundings,
): UrlSettings | undefined {
  const { path, digest, statusCodes } = values;
  if (!path) {
    tellLacking(statement, ['path'], lackOf(statement, 'url has no path'), around.report);
    return undefined;
  }
  if (!REQUEST_TARGET.test(path.value)) {
    around.report(
      'pathWithoutSlash',
      argumentSpan(path.statement),
      `the path ${path.value} has no / before it`,
      {
        remedy: `Did you mean /${path.value}?`,
      },
    );
  }
  const named = values.virtualhost?.value ?? check.virtualhost?.value;
  const virtualhost = named ?? around.virtualhost;
  // The real server's name goes into the Host header, but not into TLS.
  const serverName = check.sniName?.value ?? named ?? around.serviceVirtualhost;
  const sni = kind === 'SSL_GET' && check.enableSni?.value === true && serverName !== undefined;
  const codes = (statusCodes ?? []).flatMap(({ value }) => value);
  const regex = buildRegex(values, around);
  return {
    path: path.value,
    ...(digest ? { digest: digest.value } : {}),
    statusCodes: codes.length > 0 ? codes : SUCCESS,
    ...(virtualhost === undefined ? {} : { virtualhost }),
    ...(sni ? { serverName } : {}),
    ...(regex ? { regex } : {}),
    tlsCompliant: values.tlsCompliant?.value ?? check.tlsCompliant?.value ?? false,
  };
}

function buildRegex(values: UrlBlock['values'], around: CheckSurroundings): RegexSettings | undefined {
  const { regex, regexMinOffset: min, regexMaxOffset: max, regexStack } = values;
  if (!regex) return undefined;
  const noMatch = values.regexNoMatch !== undefined;
  if (min && max && min.value > max.value && !noMatch) {
    tellHopeless(
      regex.statement,
      `no match begins at byte ${min.value} or later and at byte ${max.value} or earlier`,
      around.report,
      { remedy: 'Exchange regex_min_offset and regex_max_offset.' },
    );
  }
  const pattern = { pattern: regex.value, options: values.regexOptions?.value ?? [] };
  const served = translatePattern(pattern);
  if (!served.ok) {
    const { kind, what, at } = served.error;
    const why = kind === 'invalid' ? 'is no pattern of PCRE2' : 'is not served';
    around.report(
      'patternNotServed',
      argumentSpan(regex.statement),
      `the pattern ${why}: ${what}, at character ${at + 1}`,
    );
  }
  return {
    ...pattern,
    noMatch,
    ...(min ? { minOffset: min.value } : {}),
    ...(max ? { maxOffset: max.value } : {}),
    ...(regexStack ? { stack: { start: regexStack.value[0], max: regexStack.value[1] } } : {}),
  };
}
