/**
 * The state machine of a session as rows, each with its clause. Decides only the next state and the diagnostic that
 * goes with it; what follows from a change is decided by the session. RFC 5880 sections 6.2, 6.8.6, 6.8.4, 6.8.16.
 */
import {
  type BfdState,
  DIAG_ADMIN_DOWN,
  DIAG_EXPIRED,
  DIAG_NEIGHBOR_DOWN,
  DIAG_NONE,
} from '../../wire/bfd-control.js';

export type BfdEvent =
  | 'hears AdminDown'
  | 'hears Down'
  | 'hears Init'
  | 'hears Up'
  /** No packet for the detection time. */
  | 'expired'
  | 'disable';

export interface BfdRow {
  readonly id: string;
  readonly from: readonly BfdState[];
  readonly event: BfdEvent;
  readonly next: BfdState;
  /** What we then say of ourselves. */
  readonly diagnostic: number;
  readonly clause: string;
}

/** Where no row is, nothing changes. */
export const BFD_TRANSITIONS: readonly BfdRow[] = [
  {
    id: 'three-way-1',
    from: ['Down'],
    event: 'hears Down',
    next: 'Init',
    diagnostic: DIAG_NONE,
    clause: 'RFC 5880 6.8.6: If bfd.SessionState is Down, if received State is Down, set it to Init',
  },
  {
    id: 'three-way-2',
    from: ['Down'],
    event: 'hears Init',
    next: 'Up',
    diagnostic: DIAG_NONE,
    clause: 'RFC 5880 6.8.6: If bfd.SessionState is Down, else if received State is Init, set it to Up',
  },
  {
    id: 'three-way-3',
    from: ['Init'],
    event: 'hears Init',
    next: 'Up',
    diagnostic: DIAG_NONE,
    clause: 'RFC 5880 6.8.6: If bfd.SessionState is Init, if received State is Init or Up, set it to Up',
  },
  {
    id: 'three-way-4',
    from: ['Init'],
    event: 'hears Up',
    next: 'Up',
    diagnostic: DIAG_NONE,
    clause: 'RFC 5880 6.8.6: If bfd.SessionState is Init, if received State is Init or Up, set it to Up',
  },
  {
    id: 'neighbor-down',
    from: ['Up'],
    event: 'hears Down',
    next: 'Down',
    diagnostic: DIAG_NEIGHBOR_DOWN,
    clause: 'RFC 5880 6.8.6: If bfd.SessionState is Up, if received State is Down, diagnostic 3, Down',
  },
  {
    id: 'neighbor-disabled',
    from: ['Init', 'Up'],
    event: 'hears AdminDown',
    next: 'Down',
    diagnostic: DIAG_NEIGHBOR_DOWN,
    clause: 'RFC 5880 6.8.6: If received state is AdminDown, if not Down, diagnostic 3, Down',
  },
  {
    id: 'expired',
    from: ['Init', 'Up'],
    event: 'expired',
    next: 'Down',
    diagnostic: DIAG_EXPIRED,
    clause: 'RFC 5880 6.8.4: no packet for the Detection Time in Init or Up: Down, diagnostic 1',
  },
  {
    id: 'disabled',
    from: ['Down', 'Init', 'Up'],
    event: 'disable',
    next: 'AdminDown',
    diagnostic: DIAG_ADMIN_DOWN,
    clause: 'RFC 5880 6.8.16: disabling session: AdminDown, diagnostic 7',
  },
];

/** The row that applies; undefined: nothing changes. */
export const selectBfdRow = (
  table: readonly BfdRow[],
  state: BfdState,
  event: BfdEvent,
): BfdRow | undefined => table.find((row) => row.event === event && row.from.includes(state));
