/** Every story of the lab, in the order of telling; the long ones first, since several play at once. */
import type { Story } from './stage.js';
import { checkScript } from './stories/check-script.js';
import { trackFile } from './stories/track-file.js';
import { trackInterface } from './stories/track-interface.js';
import { trackProcess } from './stories/track-process.js';

export const STORIES: readonly Story[] = [checkScript, trackProcess, trackFile, trackInterface];
