/**
 * The reader of `notify_fifo` (`notify_fifo_script`), to which both processes write: two of them would take each other's
 * lines. The load balancer's process starts it where there is one, else the first one does. (directives-global 3.3)
 */
import type { Configuration } from '../../config/model.js';

export function withoutCommonReader(configuration: Configuration): Configuration {
  const { notifyFifoScript: _, ...globals } = configuration.globals;
  return { ...configuration, globals };
}
