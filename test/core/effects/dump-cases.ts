/** Where dumps go and how they look is outside of the engine: the tests that show it. */
import type { ShownElsewhere } from './case.js';

const at = (keyword: string, test: string, title: string): ShownElsewhere => ({
  row: ['global_defs', keyword],
  test,
  title,
});
const FILES = 'test/daemon/dump-files.test.ts';

export const DUMPS_ELSEWHERE: readonly ShownElsewhere[] = [
  at('config_save_dir', FILES, 'config_save_dir holds configuration and state around every reload'),
  at('state_dump_file', FILES, 'state_dump_file /run/state/mine.data'),
  at('stats_dump_file', FILES, 'stats_dump_file /run/state/'),
  at('json_dump_file', FILES, 'json_dump_file /run/state/mine.json'),
  at('json_version', FILES, 'json_version 2'),
  at('data_use_instance', FILES, 'data_use_instance'),
];
