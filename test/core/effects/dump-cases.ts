/** Where dumps go and how they look is outside of the engine: the tests that show it. */
import type { ShownElsewhere } from './case.js';

const at = (keyword: string, test: string, title: string): ShownElsewhere => ({
  row: ['global_defs', keyword],
  test,
  title,
});
const LIFE = 'test/daemon/life.test.ts';

export const DUMPS_ELSEWHERE: readonly ShownElsewhere[] = [
  at('config_save_dir', LIFE, 'config_save_dir holds configuration and state around every reload'),
  at('state_dump_file', LIFE, 'state_dump_file /run/state/mine.data'),
  at('stats_dump_file', LIFE, 'stats_dump_file /run/state/'),
  at('json_dump_file', LIFE, 'json_dump_file /run/state/mine.json'),
  at('json_version', LIFE, 'json_version 2'),
  at('data_use_instance', LIFE, 'data_use_instance'),
];
