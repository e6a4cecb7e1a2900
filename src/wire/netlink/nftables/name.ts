/** Names of tables, in letters that nft can read back. */

/**
 * `base`, with the name of the daemon behind it where it has one: several that share a network do not share a table. What
 * nft could not write stands as its number: `a b` is `a_20b`.
 */
export const tableNameOf = (base: string, daemon: string | undefined): string =>
  daemon === undefined
    ? base
    : `${base}_${daemon.replaceAll(/[^A-Za-z0-9.-]/gu, (one) => `_${one.codePointAt(0)?.toString(16)}`)}`;
