/**
 * Whether the kernel has nftables at all, and what an earlier life left there goes where another plane takes over. Which plane
 * that is, is decided in choose.ts.
 */
import type { LogLevel } from '../../../core/effects.js';
import { SystemError } from '../../linux/errno.js';
import { NftTransactions, nftTableExists } from '../../linux/nft-transactions.js';
import { tableName } from './names.js';
import { NftReader } from './reader.js';
import { FAMILIES } from './rules.js';
import { dropTable } from './steps.js';

/** In the calling thread's network namespace. */
export function nftablesIsThere(): boolean {
  try {
    const reader = new NftReader(tableName(undefined));
    try {
      return reader.generation() !== undefined;
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

/** Tables of the daemon of this name; where there are none, or no nftables, nothing is said. */
export function removeNftTables({
  daemon,
  log,
}: {
  readonly daemon?: string | undefined;
  readonly log: (level: LogLevel, text: string) => void;
}): void {
  const table = tableName(daemon);
  try {
    for (const family of FAMILIES.filter((one) => nftTableExists(one, table))) {
      const transactions = new NftTransactions();
      try {
        if (!transactions.commit([dropTable({ family, table })]))
          log(
            'notice',
            `The table ${family} ${table} of nftables is removed: an earlier life balanced by it`,
          );
      } finally {
        transactions.close();
      }
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}
