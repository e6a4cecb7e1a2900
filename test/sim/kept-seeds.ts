/** Worlds that broke an invariant once, with what was wrong then. They are lived again in every run. */
export const KEPT_SEEDS: readonly { readonly seed: number; readonly why: string }[] = [
  {
    seed: 13,
    why: 'reverse turned the side on which a negative weight counts, not the sign of what it adds',
  },
  { seed: 90, why: 'addresses that the kernel refused once were never asked for again' },
  {
    seed: 144,
    why: 'a member that waited for its sync group went on waiting after a reload had dissolved the group',
  },
  {
    seed: 769,
    why: 'a reload let a master advertise that had been late for longer than timer_expired_backup bears',
  },
  {
    seed: 1308,
    why: 'a virtual MAC that counted as up later than the interface underneath left its instance in FAULT',
  },
  {
    seed: 2134,
    why: 'a deaf owner with AH was not heard, for its numbers began below those of its neighbours',
  },
  {
    seed: 38_574,
    why: 'an address that was deleted before the answer to its addition had come counted as there',
  },
  {
    seed: 106_975,
    why: 'two equal routers that took over in the same instant with AH counted in step and never heard each other',
  },
  {
    seed: 107_608,
    why: 'a member that had heard a higher AH number than its master had come to was deaf to it, while its group followed',
  },
  {
    seed: 210_426,
    why: 'a member that waited for its group since nobody was heard said so after it had heard a worse master',
  },
  {
    seed: 218_884,
    why: 'a refusal to clear the place of a route was not known to be about the route that stands there',
  },
  {
    seed: 250_678,
    why: 'the simulated kernel forgot that it had refused a route when the one that it should replace was deleted',
  },
  {
    seed: 257_184,
    why: 'the record of scripts mistook which of two entries into MASTER a script had run for',
  },
  {
    seed: 259_675,
    why: 'the simulated kernel forgot that it had refused to delete a route when that very route was added again',
  },
  {
    seed: 282_175,
    why: 'a stop that was planned within the last milliseconds of the faults came after everything was mended',
  },
  {
    seed: 331_861,
    why: 'a sync group that gave way in the moment of the reload that removed it had its script run, and the record forgot it',
  },
  {
    seed: 1_000_597,
    why: 'what an earlier life left in the place of a route was deleted late, and took the route of a master',
  },
  {
    seed: 607_317,
    why: 'a group was waited for after a goodbye, and a reload took the group away: the record asked for the goodbye as the reason',
  },
  {
    seed: 705_854,
    why: 'a startup delay ended during a stall, and what waited in the sockets was thrown away',
  },
  {
    seed: 923_247,
    why: 'a reload asked for an open socket again, and who started as MASTER listened anew',
  },
  {
    seed: 1_059_366,
    why: 'the address of an earlier life could be neither deleted nor added, and stayed on a BACKUP',
  },
];
