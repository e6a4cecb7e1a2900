/** What belongs to no instance in keepalived.data: static addresses, track groups, groups of announcements. */
import { formatPrefix } from '../../base/ip-address.js';
import { toSeconds } from '../../base/time.js';
import type { Configuration } from '../../config/model.js';
import { listed } from './words.js';

type Statics = Configuration['statics'];

export const addressLines = (statics: Statics): string[][] =>
  (statics?.addresses ?? []).map(({ address, prefixLength, device }) => [
    `     ${formatPrefix({ address, length: prefixLength })} dev ${device ?? '(default)'}`,
  ]);

export const trackGroupLines = (statics: Statics): string[][] =>
  (statics?.trackGroups ?? []).map(({ name, members }) => [
    ` Static Track Group = ${name}`,
    ...listed('VRRP member instances :', members),
  ]);

export const garpGroupLines = ({ garpGroups }: Configuration): string[][] =>
  (garpGroups ?? []).map(({ garpInterval, gnaInterval, interfaces }) => [
    ...(garpInterval > 0 ? [` GARP interval = ${toSeconds(garpInterval).toFixed(6)}`] : []),
    ...(gnaInterval > 0 ? [` GNA interval = ${toSeconds(gnaInterval).toFixed(6)}`] : []),
    ' Interfaces',
    ...interfaces.map((name) => `  ${name}`),
  ]);
