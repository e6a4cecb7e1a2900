/** Digests against the vectors of their RFCs: 4231 for HMAC-SHA256, 2202 for HMAC-MD5, 3174 and 1321 for the plain ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hmacMd5, hmacSha256, md5, sameDigest, sha1 } from '../../src/base/digest.js';

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

test('RFC 4231: HMAC-SHA256', () => {
  assert.equal(
    hex(hmacSha256(new Uint8Array(20).fill(0x0b), text('Hi There'))),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  );
  assert.equal(
    hex(hmacSha256(text('Jefe'), text('what do ya want '), text(''), text('for nothing?'))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('RFC 2202: HMAC-MD5', () => {
  assert.equal(
    hex(hmacMd5(new Uint8Array(16).fill(0x0b), text('Hi There'))),
    '9294727a3638bb1c13f48ef8158bfc9d',
  );
  assert.equal(
    hex(hmacMd5(text('Jefe'), text('what do ya want '), text('for nothing?'))),
    '750c783e6ab0b503eaa86e310a5db738',
  );
});

test('RFC 3174 and RFC 1321: SHA1 and MD5', () => {
  assert.equal(hex(sha1(text('abc'))), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  assert.equal(hex(md5(text('abc'))), '900150983cd24fb0d6963f7d28e17f72');
});

test('digests are compared whole', () => {
  const digest = hmacSha256(text('Jefe'), text('x'));
  assert.equal(sameDigest(digest, digest.slice()), true);
  for (let i = 0; i < digest.length; i++)
    assert.equal(
      sameDigest(
        digest,
        digest.map((byte, at) => (at === i ? byte ^ 1 : byte)),
      ),
      false,
    );
  assert.equal(sameDigest(digest, digest.slice(1)), false);
});
