/**
 * The findings of the load balancer's and BFD's parts: HF035x what is wrong in a service, HF036x in a session,
 * HF055x advice that Keepalived does not give. How a finding works stands in codes.ts. (directives-lvs)
 */
import type { Entry } from './codes.js';

export const LVS_CODES = {
  serviceIncomplete: {
    id: 'HF0350',
    title: 'A virtual server leaves something out',
    severity: 'warning',
    exit: 5,
    consequence: "Keepalived's default is used.",
    remedy: 'Write it down.',
    explanation:
      'Scheduler (wlc), forwarding method (NAT) and protocol (UDP!) have defaults that are seldom meant, and a service for every port must be persistent (360 seconds), so each is told.',
  },
  serverFamily: {
    id: 'HF0351',
    title: 'A server has another address family than its virtual server',
    severity: 'error',
    exit: 5,
    consequence: 'The server is left out.',
    remedy: 'Use a server of the same family, or lvs_method TUN.',
    explanation: 'Only a tunnel carries one family inside the other.',
  },
  noRealServers: {
    id: 'HF0352',
    title: 'A virtual server has no real servers',
    severity: 'error',
    exit: 5,
    consequence: 'The virtual server is left out.',
    remedy: 'Add a real_server, or remove the virtual server.',
    explanation:
      'A service without servers, or whose servers were all left out, could only refuse connections.',
  },
  unknownGroup: {
    id: 'HF0353',
    title: 'A virtual server names a group that does not exist',
    severity: 'error',
    exit: 5,
    consequence: 'The virtual server is left out; Keepalived says so in its log only.',
    remedy: 'Correct the name or add the virtual_server_group.',
    explanation: 'No virtual_server_group with that name and with entries is configured.',
  },
  quorumTooHigh: {
    id: 'HF0354',
    title: 'The quorum is above the sum of the weights',
    severity: 'warning',
    exit: 5,
    consequence: 'It is lowered to that sum, so the service is down as soon as one server is.',
    remedy: 'Lower quorum or raise the weights.',
    explanation:
      'The quorum counts the weights of live servers; with more than all of them it could never be met.',
  },
  hysteresisTooHigh: {
    id: 'HF0355',
    title: 'The hysteresis is not below the quorum',
    severity: 'warning',
    exit: 5,
    consequence: 'It is lowered to the quorum less one.',
    remedy: 'Write a hysteresis below the quorum.',
    explanation:
      'The quorum is lost below quorum minus hysteresis, and won again at quorum plus hysteresis; both must be possible.',
  },
  notApplicable: {
    id: 'HF0356',
    title: 'A setting does not apply here',
    severity: 'warning',
    exit: 5,
    consequence: 'It is ignored.',
    remedy: 'Remove it, or put it behind what it belongs to.',
    explanation:
      'Some settings belong to one scheduler, protocol or sorry server, and that has to stand before them.',
  },
  replyLengths: {
    id: 'HF0357',
    title: 'min_reply_length is above max_reply_length',
    severity: 'warning',
    exit: 5,
    consequence: 'An answer that is looked at can never have the right length, so the check fails for ever.',
    remedy: 'Exchange the two; max_reply_length is 255 unless written.',
    explanation: 'Both limits must hold at once.',
  },
  groupEmpty: {
    id: 'HF0358',
    title: 'A virtual_server_group cannot be used',
    severity: 'error',
    exit: 5,
    consequence: 'The group is left out, and the virtual servers that name it as well.',
    remedy: 'Give it entries, and a family (inet or inet6) to each mark where it has both families.',
    explanation:
      'A group needs at least one valid entry; beside addresses of both families a mark without a family is ambiguous.',
  },
  repeatedOverwrites: {
    id: 'HF0359',
    title: 'Said twice, the second replaces the first',
    severity: 'warning',
    exit: 5,
    consequence: 'The earlier line has no effect.',
    remedy: 'Keep one of the two.',
    explanation: 'Keepalived reports it and uses the later one, too.',
  },
  neighborClash: {
    id: 'HF0360',
    title: 'Two BFD instances have the same neighbour',
    severity: 'error',
    exit: 5,
    consequence: 'The second instance is ignored.',
    remedy: 'Give them different source_ip or neighbor_ip, or use one instance for both purposes.',
    explanation:
      'A session is told from others by neighbour, source and whether it is multihop; these must differ.',
  },
  bfdFamily: {
    id: 'HF0361',
    title: 'source_ip and neighbor_ip are of different families',
    severity: 'error',
    exit: 5,
    consequence: 'The BFD instance is ignored.',
    remedy: 'Use a source address of the family of the neighbour.',
    explanation: 'One session speaks either IPv4 or IPv6.',
  },
  quorumUnreachable: {
    id: 'HF0550',
    title: 'quorum plus hysteresis is above the sum of the weights',
    severity: 'warning',
    exit: 0,
    consequence: 'The quorum is down from the start and never comes up; a sorry server would serve for ever.',
    remedy: 'Lower quorum or hysteresis, or raise the weights.',
    explanation:
      'A quorum that was lost, or is not there at start, is won at quorum plus hysteresis, which all servers together do not reach. Keepalived does not notice.',
  },
  sorryIsReal: {
    id: 'HF0551',
    title: 'The sorry server is also a real server',
    severity: 'warning',
    exit: 0,
    consequence:
      'When the quorum is lost because that server failed, the clients are sent to it all the same.',
    remedy: 'Use another machine or another port for the sorry server.',
    explanation:
      'A sorry server is not checked. It should be something that stands when the real servers have fallen.',
  },
  checkNeverSucceeds: {
    id: 'HF0552',
    title: 'A health check that can never succeed',
    severity: 'warning',
    exit: 0,
    consequence: 'The server is taken out with the first check and never comes back.',
    remedy: 'Correct the values named.',
    explanation:
      'The values contradict each other or what a network can do: port 0, a time limit below a millisecond, an empty range.',
  },
  pathWithoutSlash: {
    id: 'HF0564',
    title: 'The path of a page does not begin with /',
    severity: 'warning',
    exit: 0,
    consequence: 'It is asked for as it is written, which web servers answer with 400: the check fails.',
    remedy: 'Write a / before it.',
    explanation:
      'The path goes into the request line unchanged, as with Keepalived, which says nothing of it. A whole URL (http://...) and * are allowed there; all else begins with /.',
  },
  checkTooSlow: {
    id: 'HF0553',
    title: 'A health check that hardly ever notices a failure',
    severity: 'warning',
    exit: 0,
    consequence: 'A dead server gets connections for that long.',
    remedy: 'Lower retry, delay_before_retry, connect_timeout or delay_loop.',
    explanation:
      'The longest time until a server counts as down is delay_loop, plus connect_timeout for each attempt, plus delay_before_retry between them.',
  },
  checkOutlastsPeriod: {
    id: 'HF0554',
    title: 'A check script may run longer than its period',
    severity: 'warning',
    exit: 0,
    consequence: 'The next run begins late, so the period is not kept.',
    remedy: 'Lower misc_timeout or raise delay_loop.',
    explanation: 'The period of MISC_CHECK counts from the start of the script; two runs never overlap.',
  },
  serverTwice: {
    id: 'HF0555',
    title: 'A real server stands twice, once without its port',
    severity: 'warning',
    exit: 0,
    consequence: 'The second is left out; Keepalived keeps both, and its weight counts twice for the quorum.',
    remedy: 'Remove one of the two.',
    explanation:
      'A real server without a port takes that of the virtual server. The kernel refuses a server that is there already.',
  },
  serviceTwice: {
    id: 'HF0556',
    title: 'Two virtual servers take the same connections',
    severity: 'warning',
    exit: 0,
    consequence:
      'They are one service with the servers of both: the settings of the first count, and each has a quorum and a sorry server of its own.',
    remedy: 'Put the real servers into one virtual_server.',
    explanation:
      'Services are told apart by address, port and protocol, or by their mark and family. With Keepalived the kernel refuses what the second one adds.',
  },
  thresholdsCrossed: {
    id: 'HF0557',
    title: 'lthreshold is not below uthreshold',
    severity: 'warning',
    exit: 0,
    consequence:
      'The kernel refuses a server whose lthreshold is above its uthreshold; where both are the same, one that was full takes connections again at once.',
    remedy: 'Write an lthreshold below uthreshold.',
    explanation:
      'New connections stop at uthreshold and begin again below lthreshold. Without an uthreshold there is nothing to begin again.',
  },
  groupFamily: {
    id: 'HF0558',
    title: 'A group holds addresses that its real servers cannot serve',
    severity: 'warning',
    exit: 0,
    consequence: 'The kernel refuses the servers for those addresses, and connections to them fail.',
    remedy: 'Use one group per family, or lvs_method TUN.',
    explanation: 'Only a tunnel carries one family inside the other. Keepalived does not look.',
  },
  groupTwice: {
    id: 'HF0559',
    title: 'Two groups have the same name',
    severity: 'warning',
    exit: 0,
    consequence: 'The first one is used everywhere.',
    remedy: 'Give the second one another name.',
    explanation: 'Keepalived reads both and finds the first by its name.',
  },
  oddNetmask: {
    id: 'HF0560',
    title: 'persistence_granularity is a number where a netmask is meant',
    severity: 'warning',
    exit: 0,
    consequence:
      'The number is read as an address, as Keepalived does, which groups clients in a way nobody means.',
    remedy: 'Write a netmask such as 255.255.255.0.',
    explanation: 'Prefix lengths are for IPv6; with IPv4 the C library reads 24 as 0.0.0.24.',
  },
  bfdHopLimit: {
    id: 'HF0561',
    title: 'A single-hop IPv6 session sends a hop limit below 255',
    severity: 'note',
    exit: 0,
    consequence:
      'Neighbours that keep to RFC 5881 drop its packets, and the session never comes up with them.',
    remedy: 'Write hoplimit 255, on both sides.',
    explanation: 'Keepalived sends 64 unless told otherwise and accepts it; bird and FRR demand 255.',
  },
  planeCannot: {
    id: 'HF0365',
    title: 'The chosen data plane cannot do this',
    severity: 'error',
    exit: 5,
    consequence:
      'It is left out at run time, with an error in the log: nothing is done in another way instead.',
    remedy: 'Write what the data plane can, or choose the other one by balancer in global_defs.',
    explanation:
      'nftables balances by NAT, with rr, wrr, random, sh and dh, and follows no synchronised connections; IPVS knows no random. Keepalived knows IPVS only.',
  },
  planeMayNot: {
    id: 'HF0367',
    title: 'The data plane that auto may choose cannot do this',
    severity: 'note',
    exit: 0,
    consequence: 'Where that one is taken it is left out at run time, with an error in the log.',
    remedy: 'Write balancer ipvs, or nftables, if you know which one this kernel has; else what both can.',
    explanation:
      'balancer auto takes IPVS where it is and nftables elsewhere; the log says which one it is: "Balancing by ...".',
  },
  loopbackServer: {
    id: 'HF0369',
    title: 'A server at a loopback address behind NAT',
    severity: 'warning',
    exit: 0,
    consequence: 'Connections of other machines to it time out; those of this machine itself work.',
    remedy: 'Write an address of this machine that is not a loopback one, and let the server listen there.',
    explanation:
      'The kernel takes no packet that came from outside to 127.0.0.0/8 or ::1, neither by IPVS nor by nftables. With nftables and IPv4 it does where net.ipv4.conf.INTERFACE.route_localnet is 1. Keepalived says nothing of it.',
  },
  rangeCut: {
    id: 'HF0368',
    title: 'A range of a virtual_server_group that is too long',
    severity: 'error',
    exit: 5,
    consequence: 'Only the first 65536 addresses are balanced.',
    remedy: 'Use several ranges, or a fwmark, for which one service is enough.',
    explanation: 'Each address of a range is a service of its own in the kernel.',
  },
  bfdAuthentication: {
    id: 'HF0364',
    title: 'Authentication of a BFD session that is not whole',
    severity: 'error',
    exit: 5,
    consequence: 'The line is ignored; without type and key the session is not authenticated.',
    remedy: 'Write auth_type and at least one auth_key, the same on both sides.',
    explanation: 'Keepalived has no such keywords. Without them on one side the other refuses all packets.',
  },
  bfdScope: {
    id: 'HF0563',
    title: 'A link-local BFD neighbour without its interface',
    severity: 'warning',
    exit: 0,
    consequence: 'Its packets cannot be sent, and the session never comes up.',
    remedy: 'Write the interface behind the address: neighbor_ip fe80::2%eth0.',
    explanation:
      'Each interface has its own fe80:: network, so the address alone says nothing. Keepalived cannot have such sessions.',
  },
  patternNotServed: {
    id: 'HF0366',
    title: 'A pattern that cannot be looked for',
    severity: 'error',
    exit: 5,
    consequence:
      'The check says nothing about its server: one that is up stays up, one with alpha never comes up.',
    remedy: 'Write the pattern without it, or check by digest or status code.',
    explanation:
      'Patterns are those of PCRE2, looked for by JavaScript in the same words. What has none there (recursion, conditions, verbs, a reference to a group that may not have taken part) is not served; what is no pattern of PCRE2 Keepalived only logs.',
  },
  bfdSlow: {
    id: 'HF0562',
    title: 'A BFD session slower than it can be',
    severity: 'warning',
    exit: 0,
    consequence: 'Loss is noticed only after that long.',
    remedy: 'Lower min_rx, min_tx or multiplier.',
    explanation: 'Detection takes multiplier times the interval; above ten seconds VRRP alone is faster.',
  },
} as const satisfies Record<string, Entry>;
