/** What a dump is made from: the configuration in use, and the engine's inside, asked bit by bit. */
import type { Configuration } from '../../config/model.js';
import type { Inspection } from '../../core/inspection.js';

export interface DumpSource {
  readonly configuration: Configuration;
  readonly inspection: Inspection;
}
