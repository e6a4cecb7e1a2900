/**
 * koffi for a program that runs from the bundle, in place of the package (tools/bundle.mjs): the native part alone, from
 * where it was when the bundle was made. The package looks for it with a few files of its own, which take longer to load than
 * what they look for. Where it is not there, or not for this machine, the package is asked as ever.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** JSON of a Made, put here by tools/bundle.mjs. */
declare const BUNDLED_KOFFI: string;

interface Made {
  /** Relative to the bundle. */
  readonly place: string;
  readonly platform: string;
  readonly arch: string;
  readonly version: string;
}

interface Native {
  readonly version: string;
}

function native(): Native | undefined {
  const { place, platform, arch, version } = JSON.parse(BUNDLED_KOFFI) as Made;
  if (platform !== process.platform || arch !== process.arch) return undefined;
  const module: { exports: Partial<Native> } = { exports: {} };
  try {
    process.dlopen(module, fileURLToPath(new URL(place, import.meta.url)));
  } catch {
    return undefined;
  }
  return module.exports.version === version ? (module.exports as Native) : undefined;
}

export default native() ?? (createRequire(import.meta.url)('koffi') as Native);
