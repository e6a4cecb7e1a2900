/** A configuration from text, through the real pipeline, with no file anywhere. */
import type { Environment } from '../../src/config/cross-check.js';
import { type Loaded, loadConfiguration } from '../../src/config/load.js';
import type { Configuration } from '../../src/config/model.js';

export const loadText = (text: string, environment: Environment = {}): Loaded =>
  loadConfiguration(
    { path: '/test.conf', configId: 'test' },
    {
      read: (path) =>
        path === '/test.conf'
          ? { kind: 'text', bytes: text, mode: 0o600 }
          : { kind: 'refused', why: 'missing', detail: '' },
      list: () => [],
      exists: (path) => path === '/test.conf',
    },
    environment,
  );

/** Throws with the findings when the text gives no configuration. */
export function configurationOf(text: string): Configuration {
  const { configuration, diagnostics } = loadText(text);
  if (!configuration) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return configuration;
}
