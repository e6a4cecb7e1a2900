/** `authentication` and `auth_hmac`: which of them holds, and with what. (directives-vrrp section 1.8) */
import { seconds } from '../../base/time.js';
import type { Report } from '../diagnostics.js';
import type { Authentication } from '../model.js';
import type { HmacSettings } from '../model-vrrp.js';
import type { ConfigReader } from '../source.js';
import { keywordSpan } from '../tree.js';
import { hmacKeys } from './hmac-keys.js';
import type { InstanceBlock, InstanceFacts } from './instance.js';

type InstanceValues = InstanceBlock['values'];
interface Proof {
  readonly authentication: Authentication;
  readonly hmac?: HmacSettings;
}
const NONE: Proof = { authentication: { type: 'none' } };

export function authenticationOf(
  values: InstanceValues,
  facts: InstanceFacts,
  read: ConfigReader['read'],
  report: Report,
): Proof {
  const hmac = hmacOf(values, facts, read, report);
  if (!hmac) return legacyOf(values, facts, report);
  if (values.authentication) {
    const at = keywordSpan(values.authentication.statement);
    report('settingIgnored', at, 'auth_hmac takes the place of authentication, which is ignored', {
      remedy: 'Remove the authentication block.',
    });
  }
  return { ...NONE, hmac };
}

function legacyOf(values: InstanceValues, { version, strict }: InstanceFacts, report: Report): Proof {
  const block = values.authentication;
  if (!block) return NONE;
  const at = keywordSpan(block.statement);
  const { type, password } = block.values;
  if (version === 3) {
    report('settingIgnored', at, 'version 3 has no authentication; the block is ignored', {
      remedy: 'Remove the block.',
    });
    return NONE;
  }
  if (strict) {
    report('strictMode', at, 'strict mode knows no authentication; the block is ignored');
    return NONE;
  }
  if (!password || !type) {
    if (block.statement.children?.length !== 0 && (type || password)) {
      if (type)
        report('settingIgnored', at, 'authentication without auth_pass is ignored', {
          remedy: 'Add auth_pass, the same on all routers, or remove the block.',
        });
      else report('passwordUnused', at, 'authentication without auth_type is ignored');
    }
    return NONE;
  }
  let used = password.value;
  if (used.length > 8) {
    report(
      'passwordTooLong',
      password.statement.line.span(),
      `auth_pass has ${used.length} characters, only eight count`,
    );
    used = used.slice(0, 8);
  }
  return { authentication: { type: type.value === 'AH' ? 'ah' : 'pass', password: used } };
}

/** Undefined where no key can sign. */
function hmacOf(
  values: InstanceValues,
  { strict }: InstanceFacts,
  read: ConfigReader['read'],
  report: Report,
): HmacSettings | undefined {
  const block = values.authHmac;
  if (!block) return undefined;
  const { keys, activeKey, antiReplay, timeWindow, mode } = block.values;
  const byId = hmacKeys(keys ?? [], read, report);
  const active = activeKey?.value;
  if (active === undefined || !byId.has(active)) {
    // A key that was refused has been told.
    const message =
      active === undefined ? 'auth_hmac names no active_key' : `there is no valid key ${active}`;
    report('hmacKey', keywordSpan(activeKey?.statement ?? block.statement), message);
    return undefined;
  }
  const usual = Math.min(300, Math.max(5, (3 * (values.advertInterval?.value ?? 1e6)) / 1e6));
  return {
    keys: [...byId.values()],
    activeKey: active,
    antiReplay: antiReplay?.value ?? 'time',
    timeWindow: timeWindow?.value ?? seconds(usual),
    mode: strict ? 'enforce' : (mode?.value ?? 'enforce'),
  };
}
