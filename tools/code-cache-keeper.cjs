// Loaded into every process and thread of a daemon on trial, before anything else (--require): when one of them ends, the
// code that V8 has made of its script by then is kept as the cache for the next process of its kind, in the form in which
// src/daemon/cached-script.ts reads it.

const { subscribe } = require('node:diagnostics_channel');
const { chmodSync, writeFileSync } = require('node:fs');

subscribe('holdfast.script', ({ script, cache }) => {
  process.on('exit', () => {
    const code = script.createCachedData();
    writeFileSync(cache, Buffer.concat([code, code]));
    // Whatever umask the daemon was given: whoever may read the bundle reads this.
    chmodSync(cache, 0o644);
  });
});
