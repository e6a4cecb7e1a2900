/** Findings about the machine: interfaces, addresses, programs, users. (configuration reference sections 9 and 11) */
import type { Entry } from './codes.js';

export const MACHINE_CODES = {
  // HF04xx: the machine.
  interfaceMissing: {
    id: 'HF0401',
    title: 'An interface does not exist on this machine',
    severity: 'error',
    exit: 4,
    consequence: 'The instance stays in FAULT until the interface appears.',
    remedy: 'Correct the name, or create the interface.',
    explanation: 'Keepalived does not start then unless dynamic_interfaces is given; Holdfast waits for it.',
  },
  addressMissing: {
    id: 'HF0402',
    title: 'A source address is on no interface of this machine',
    severity: 'warning',
    exit: 0,
    consequence:
      'The instance stays in FAULT until the address appears; Keepalived would silently never take over.',
    remedy: 'Use an address of this machine.',
    explanation: 'Adverts cannot be sent from an address that the machine does not have.',
  },

  checkMissing: {
    id: 'HF0403',
    title: 'The program of a check cannot be started',
    severity: 'warning',
    exit: 5,
    consequence: 'The script is left out: whoever tracks it goes on as if it were not written.',
    remedy: 'Put the program there, make it executable, or correct its path.',
    explanation:
      'The file is missing, a directory, or not executable. Bare names are looked up in PATH. Keepalived leaves it out, too. A program that vanishes while the daemon runs counts as failed.',
  },
  programMissing: {
    id: 'HF0408',
    title: 'A program cannot be started',
    severity: 'warning',
    exit: 0,
    consequence: 'Nobody is told when it should run.',
    remedy: 'Put the program there, make it executable, or correct its path.',
    explanation: 'The file is missing, a directory, or not executable. Bare names are looked up in PATH.',
  },
  healthCheckMissing: {
    id: 'HF0409',
    title: 'The program of a health check cannot be started',
    severity: 'warning',
    exit: 0,
    consequence: 'The check fails each time, so the real server gets no connections.',
    remedy: 'Put the program there, make it executable, or correct its path.',
    explanation:
      'The file of a MISC_CHECK is missing, a directory, or not executable. Keepalived says nothing about it when it reads the configuration.',
  },
  keyFileOpen: {
    id: 'HF0410',
    title: 'A file with a key is open to others',
    severity: 'warning',
    exit: 6,
    consequence: 'Who can read the key can sign adverts; who can change it can silence this router.',
    remedy: 'Leave it to its owner: chmod 600 FILE.',
    explanation:
      'Keys of auth_hmac that stand in files of their own are meant for the daemon alone. Keepalived counts this as a matter of script security.',
  },
  keyFileUnreadable: {
    id: 'HF0411',
    title: 'A file with a key cannot be read',
    severity: 'error',
    exit: 5,
    consequence:
      'The key is not known, so adverts that are signed with it are refused and none is signed with it.',
    remedy: 'Put the key there, or correct the path.',
    explanation: 'The file is missing, is no regular file, or may not be read by the daemon.',
  },
  forwardingOff: {
    id: 'HF0412',
    title: 'Real servers are behind NAT and this machine does not forward',
    severity: 'warning',
    exit: 0,
    consequence:
      'What they answer does not reach the clients: connections time out, though every check is good.',
    remedy: 'sysctl -w net.ipv4.ip_forward=1 (for IPv6 net.ipv6.conf.all.forwarding=1).',
    explanation:
      'With NAT a real server answers through the director, which has to pass the packets on. DR and TUN need it only where the director is the way of the answers. Keepalived says nothing of it. Where a script switches forwarding on later, allow this finding.',
  },
  balancerPlaceMissing: {
    id: 'HF0413',
    title: 'A health check or the sync daemon shall use what this machine does not have',
    severity: 'warning',
    exit: 0,
    consequence:
      'Until it is there such a check says nothing about its server (one with alpha stays down), and the sync daemon does not run.',
    remedy: 'Use an interface and an address of this machine.',
    explanation:
      'bind_if and bindto say where a check comes from, lvs_sync_daemon where connections are told of. Keepalived says nothing of it until it tries. Addresses that instances bring count as there; where an interface comes later, write dynamic_interfaces.',
  },
  identityUnknown: {
    id: 'HF0404',
    title: 'A program shall run as somebody whom this machine does not know',
    severity: 'warning',
    exit: 5,
    consequence: 'What should run so is not run.',
    remedy: 'Create the user or group, or name another.',
    explanation: 'User and group stand behind the command, in the user line of its block, or in script_user.',
  },
  scriptSecurityOff: {
    id: 'HF0405',
    title: 'Programs run without script security',
    severity: 'note',
    exit: 6,
    consequence:
      'Whoever may change one of these programs, or a folder above it, can act as the user it runs as.',
    remedy: 'Add enable_script_security and script_user to global_defs.',
    explanation:
      'With enable_script_security, programs that others than root could change are not run as root. Keepalived answers 6 to -t without it.',
  },
  programUnsafe: {
    id: 'HF0406',
    title: 'A program that runs as root can be changed by others',
    severity: 'warning',
    exit: 6,
    consequence: 'Whoever may change it becomes root when it runs.',
    remedy: 'Give the file and all folders above it to root, and take write permission from others.',
    explanation: 'Every part of the path counts: who may rename a folder may replace what is in it.',
  },
  programRefused: {
    id: 'HF0407',
    title: 'Script security forbids a program',
    severity: 'error',
    exit: 5,
    consequence: 'It is not run.',
    remedy:
      'Give the file and all folders above it to root, and take write permission from others; or run it as another user.',
    explanation: 'With enable_script_security nothing runs as root that others than root could change.',
  },
} as const satisfies Record<string, Entry>;
