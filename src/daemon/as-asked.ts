/** What the command line takes out of a configuration. Runtime reference section 1. */
import type { Configuration } from '../config/model.js';
import type { DaemonOptions } from './args.js';

/** `-C` and `-B`: without VRRP, without BFD. */
export const asAsked = (
  configuration: Configuration,
  { withoutVrrp, withoutBfd }: Pick<DaemonOptions, 'withoutVrrp' | 'withoutBfd'>,
): Configuration => ({
  ...configuration,
  ...(withoutVrrp ? { instances: [], syncGroups: [] } : {}),
  ...(withoutBfd ? { bfdInstances: [] } : {}),
});
