/**
 * Advice: what Keepalived says nothing about and people suffer from, and what routers of one cluster must agree
 * on. Advice about one file never changes the exit status, since Keepalived accepts the file.
 */
import type { Entry } from './codes.js';

export const ADVICE_CODES = {
  weightClamped: {
    id: 'HF0501',
    title: 'A weight moves the priority beyond its range',
    severity: 'note',
    exit: 0,
    consequence: 'The priority stays between 1 and 254, so part of the weight has no effect.',
    remedy: 'Lower the base priority or the weight.',
    explanation:
      'Effective priorities are kept from 1 to 254. Where two routers both reach 254, the higher address decides instead of the trackers.',
  },
  sharedTarget: {
    id: 'HF0502',
    title: 'A check of something remote can stop all routers at once',
    severity: 'note',
    exit: 0,
    consequence:
      'When the remote thing fails, every router that runs this check goes to FAULT, and nobody has the addresses.',
    remedy: 'Give the check a weight, so that its failure lowers the priority instead of forcing FAULT.',
    explanation:
      'Without a weight, a failed check means FAULT. That is right for what belongs to the router alone, but a gateway or a server on the network fails for all routers in the same moment.',
  },
  outsidePrefix: {
    id: 'HF0503',
    title: 'A virtual address lies in no network of its interface',
    severity: 'note',
    exit: 0,
    consequence: 'Neighbours have no route to it, unless one is set up elsewhere.',
    remedy: 'Write the prefix length behind the address, or correct it.',
    explanation:
      'Without a length the address is set as a single host. Machines on the network reach it only if it lies in their own prefix or a route leads to it.',
  },
  peerIsSelf: {
    id: 'HF0504',
    title: 'A unicast peer is this router itself',
    severity: 'note',
    exit: 0,
    consequence: 'Adverts are sent to ourselves for nothing.',
    remedy: 'Name only the other routers.',
    explanation:
      'The list of peers holds the other routers; a file that is the same on all of them holds one too many.',
  },
  sourceUnlikePeers: {
    id: 'HF0505',
    title: 'The source address does not look like its peers',
    severity: 'note',
    exit: 0,
    consequence: 'If the number is wrong, the instance stays in FAULT, as the machine has no such address.',
    remedy: 'Compare the addresses.',
    explanation:
      'Routers of one network usually share the beginning of their addresses; here one number in it differs.',
  },
  slowAnnouncements: {
    id: 'HF0506',
    title: 'The second announcement comes later than a failover',
    severity: 'note',
    exit: 0,
    consequence:
      'If the first announcements are lost, neighbours send to the old router far longer than the failover takes.',
    remedy: 'Shorten garp_master_delay to about the failover time, or set garp_master_refresh.',
    explanation:
      'Adverts below a second promise a fast failover, but neighbours learn of the move from announcements, which are repeated only after garp_master_delay.',
  },
  timeoutOverInterval: {
    id: 'HF0507',
    title: 'A script may run longer than its interval',
    severity: 'note',
    exit: 0,
    consequence:
      'While it runs, its next starts are left out, so a failure is noticed later than interval and fall promise.',
    remedy: 'Make the timeout no longer than the interval.',
    explanation:
      'A script is not started again before it has ended. Without a timeout line the interval is the timeout.',
  },
  ownPeerMissing: {
    id: 'HF0511',
    title: 'Of two instances that are peers one does not know the other',
    severity: 'warning',
    exit: 0,
    consequence: 'It does not send to the other, so both become master.',
    remedy: 'Add the source address to its unicast_peer.',
    explanation: 'In unicast each router sends to the peers it lists, so peers must list each other.',
  },
  passwordReadable: {
    id: 'HF0508',
    title: 'A password lies in a file that everybody may read',
    severity: 'note',
    exit: 0,
    consequence: 'Every user of this machine can read it.',
    remedy: 'Take the permission from others: chmod o-r FILE.',
    explanation:
      'Who knows the password can take part in the election. It is sent in clear text, too: trust the network, not the password.',
  },
  passwordCut: {
    id: 'HF0513',
    title: 'A comment begins within a password',
    severity: 'warning',
    exit: 0,
    consequence: 'Only what stands before the sign is the password.',
    remedy:
      'Write \\# or \\! if the sign belongs to the password, or a blank before it if a comment is meant.',
    explanation:
      'The signs # and ! begin a comment wherever they stand outside of quotes, within a word, too. Keepalived reads it in the same way and says nothing; two routers whose files differ behind the sign accept each other.',
  },
  weightWithoutPreemption: {
    id: 'HF0509',
    title: 'A weight where nobody preempts',
    severity: 'note',
    exit: 0,
    consequence:
      'A router with nopreempt does not take over from a master that is alive, however low its priority has fallen, and does not take back what it lost.',
    remedy: 'Track without a weight, so that a failure means FAULT; or remove nopreempt.',
    explanation:
      'Weights change priorities, and priorities decide while routers start or preempt. With nopreempt on all routers a lowered priority moves nothing as long as the master lives, and once the addresses have moved a recovered priority never brings them back.',
  },
  habitualPriority: {
    id: 'HF0510',
    title: 'The router that shall be master has the priority that others have by default',
    severity: 'note',
    exit: 0,
    consequence:
      'A peer without a priority line has the same one; then the higher address decides who is master, and nobody preempts.',
    remedy: 'Give this router a priority above 100.',
    explanation:
      'An instance with state BACKUP and no priority line has priority 100. Equal priorities do not preempt each other, so the wish for MASTER holds only until another has taken over once.',
  },
  shellSign: {
    id: 'HF0512',
    title: 'A command looks like a line for a shell',
    severity: 'warning',
    exit: 0,
    consequence: 'No shell reads it: the sign is passed to the program like any other argument.',
    remedy: "Write the line into a script and name that, or let a shell read it: /bin/sh -c 'LINE'.",
    explanation:
      'A command is split into words, and the program of the first word is started with the others as its arguments. Pipes, redirections, && and the like mean something only to a shell.',
  },
  clusterAddresses: {
    id: 'HF0521',
    title: 'Routers of one virtual router have different addresses',
    severity: 'warning',
    exit: 5,
    consequence: 'After a failover some addresses are missing, or stay on the old router.',
    remedy: 'Write the same virtual_ipaddress list on all routers.',
    explanation: 'Whoever becomes master sets the addresses of its own list.',
  },
  clusterAuthentication: {
    id: 'HF0522',
    title: 'Routers of one virtual router authenticate differently',
    severity: 'warning',
    exit: 5,
    consequence: "They drop each other's adverts, and both become master.",
    remedy: 'Write the same authentication on all routers.',
    explanation: 'Type and password must be equal; of a password the first eight characters count.',
  },
  clusterVersion: {
    id: 'HF0523',
    title: 'Routers of one virtual router speak different versions',
    severity: 'warning',
    exit: 5,
    consequence: "They drop each other's adverts, and both become master.",
    remedy: 'Use the same version on all routers.',
    explanation: 'Versions 2 and 3 do not understand each other.',
  },
  clusterInterval: {
    id: 'HF0524',
    title: 'Routers of one virtual router have different advert intervals',
    severity: 'warning',
    exit: 5,
    consequence:
      "In version 2 they drop each other's adverts, and both become master; in version 3 the master's interval holds.",
    remedy: 'Use the same advert_int on all routers.',
    explanation: 'Version 2 demands that the interval in the advert equals the own one.',
  },
  clusterPeers: {
    id: 'HF0525',
    title: 'Routers of one virtual router do not name each other',
    severity: 'warning',
    exit: 5,
    consequence: 'One does not hear the other, and both become master.',
    remedy: "Add the other router's source address to unicast_peer.",
    explanation: 'In unicast each router sends to the peers it lists; multicast and unicast do not mix.',
  },
  clusterTie: {
    id: 'HF0526',
    title: 'Routers of one virtual router have the same priority',
    severity: 'note',
    exit: 0,
    consequence: 'At the start the higher address wins; afterwards whoever is master stays master.',
    remedy: 'Give them different priorities if one shall be preferred.',
    explanation: 'Equal priorities do not preempt each other.',
  },
  clusterWeight: {
    id: 'HF0527',
    title: 'A weight that never changes who is master',
    severity: 'note',
    exit: 0,
    consequence:
      'When the tracker fails or recovers, the order of the routers stays as it is, and nothing moves.',
    remedy: 'Make the weight larger than the distance of the base priorities.',
    explanation:
      'A tracker moves the addresses only if it carries the priority past that of another router. All weights of all routers are taken together: this one makes no difference in any case.',
  },
  clusterAlone: {
    id: 'HF0528',
    title: 'An instance has no counterpart in the other files',
    severity: 'note',
    exit: 0,
    consequence: 'Nobody takes over its addresses.',
    remedy: 'Compare virtual_router_id in all files.',
    explanation: 'Instances belong together by virtual_router_id and address family.',
  },
  clusterImpatient: {
    id: 'HF0529',
    title: 'A router gives the master up before it can have heard it',
    severity: 'warning',
    exit: 5,
    consequence:
      'When it starts, it becomes master although another is, and takes the addresses away from it for a moment, even with nopreempt.',
    remedy: 'Use the same advert_int on all routers.',
    explanation:
      "In version 3 a backup follows the master's interval, but only after the first advert. Until then it waits three (down_timer_adverts) of its own intervals, which is too short where the master's interval is longer than that.",
  },
} as const satisfies Record<string, Entry>;
