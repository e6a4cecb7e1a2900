/** Debian's keepalived, with which cases of the booted kernel compare: where it is, and what to say where it is not. */
import { existsSync } from 'node:fs';

export const KEEPALIVED = '/usr/sbin/keepalived';
export const SAMPLES = '/usr/share/doc/keepalived/samples';

const missing = [KEEPALIVED, SAMPLES].filter((path) => !existsSync(path));

/** For cases that compare with it. */
export const withoutKeepalived =
  missing.length === 0 ? undefined : `needs Debian's package keepalived: no ${missing.join(', no ')}`;
