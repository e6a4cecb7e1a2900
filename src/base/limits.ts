/** Every bound in the house, with its unit and the reason for the number (DESIGN rule 9). */
import { type Duration, microseconds } from './time.js';

/** Bytes of a configuration with all its includes: five times 10,000 virtual servers (about 12 MB). */
export const MAX_CONFIG_BYTES = 64 * 1024 * 1024;
/**
 * Bytes of blocks that are kept between two readings of a configuration, with a sleeping thread: below the least, reading
 * again costs less than the thread's memory is worth; the most bounds that memory, which is some thirty times as much, a
 * third of what the balancer's process takes for the same.
 */
export const MIN_KEPT_BYTES = 256 * 1024;
export const MAX_KEPT_BYTES = 16 * 1024 * 1024;
/** Longest configuration line that is interpreted, bytes; Keepalived's buffer is 1024 with the newline. */
export const MAX_CONFIG_LINE = 1022;
/** Diagnostics kept of one configuration; more are counted. */
export const MAX_DIAGNOSTICS = 1000;
/** Packets read from one socket in one turn of the loop. */
export const MAX_PACKETS_PER_TURN = 256;
/**
 * How long a packet may have waited in its socket so that it counts from its arrival: as long as being woken takes on a
 * machine that is not overloaded. Whoever slept longer was stalled; what waited then counts from the reading.
 */
export const MAX_PATIENCE: Duration = microseconds(5000);
/**
 * Turns in a row in which a socket with unread packets holds its master-down deadlines: more than the largest
 * receive buffer needs, so that what waited is read, and a flood that never ends still cannot stop a takeover.
 */
export const MAX_HELD_TURNS = 32;
/** Bytes of a tracked file that are read (Keepalived reads 127). */
export const MAX_TRACK_FILE_BYTES = 127;
/** How often the thread that follows files is started again without having done anything in between; then it rests. */
export const MAX_FILE_THREAD_RESTARTS = 5;
/** How long it rests then before each further try. */
export const FILE_THREAD_REST_MS = 10_000;
/** Bytes of a script's output that are kept for its last result. */
export const MAX_SCRIPT_OUTPUT = 4096;
/** Milliseconds for which a timer of Node.js can wait, 24 days; it calls whoever wants more at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
/** Bytes of arguments for one script, with their pointers: far above the longest line of a configuration. */
export const MAX_ARGUMENT_BYTES = 64 * 1024;
/** Bytes of the file that says which checks run: sixteen for each, and nobody has a thousand at a time. */
export const MAX_LEDGER_BYTES = 256 * 1024;
/** Remarks about scripts that are made, each once: a configuration may have any number of scripts. */
export const MAX_SCRIPT_REMARKS = 1000;
/** Bytes of a script's output that are read as fast as they come; what follows is read at 6 MB a second at most. */
export const FAST_SCRIPT_OUTPUT = 1024 * 1024;
/** Characters of a script's output that travel with the reason of a transition, into mail and webhooks. */
export const MAX_CAUSE_OUTPUT = 1000;
/** Log lines that may wait for a slow syslog or console; more are dropped and counted. */
export const MAX_LOG_QUEUE = 4096;
/** Transitions remembered per instance for `holdfast status`. */
export const MAX_HISTORY = 64;
/** Bytes of one request to the control socket. */
export const MAX_CONTROL_REQUEST = 64 * 1024;
/** Open connections to the control socket. */
export const MAX_CONTROL_CLIENTS = 64;
/** Bytes of one netlink chunk: of more acknowledgements in one go the kernel drops some (DESIGN section 5). */
export const MAX_NETLINK_CHUNK = 64 * 1024;
/** Bytes of a reload_time_file that are read: the longest time has 20. */
export const MAX_RELOAD_TIME_BYTES = 64;
/** Adverts remembered as they were last opened, one per virtual router, family and interface: 32 interfaces full of both. */
export const MAX_OPENED_ADVERTS = 32 * 255 * 2;
/** Largest VRRP packet that is looked at, bytes: 255 IPv6 VIPs, AH or HMAC and an IPv4 header with options. */
export const MAX_VRRP_PACKET = 60 + 24 + 8 + 255 * 16 + 8 + 28;
/** Bytes that may wait for a client of the control socket that reads slowly; then it is dropped. */
export const MAX_CONTROL_BACKLOG = 1024 * 1024;
/** Milliseconds in which a client of the control socket must have sent its request, or taken its answer. */
export const CONTROL_PATIENCE_MS = 10_000;
/** Logical lines of one configuration, expansions counted: five times 10,000 virtual servers. */
export const MAX_CONFIG_LINES = 2_000_000;
/** Different lines of one configuration that are remembered because they may come again. */
export const MAX_REPEATED_LINES = 4096;
/** Insides of blocks that are remembered because the next block may have the same. */
export const MAX_RECENT_INSIDES = 16;
/** Files that one configuration may include. */
export const MAX_CONFIG_FILES = 10_000;
/** Includes, definitions and repetitions within each other. */
export const MAX_CONFIG_DEPTH = 64;
/** Replacements of definitions on one line. */
export const MAX_SUBSTITUTIONS = 1000;
/** Lines that all definitions together may hold. */
export const MAX_DEFINITION_LINES = 100_000;
/** File names that one include pattern may match or try. */
export const MAX_GLOB_MATCHES = 10_000;
/**
 * Operations in one netlink chunk, one or two milliseconds of the kernel's work; even if all fail their answers (256 fit)
 * arrive. Far below MAX_NETLINK_CHUNK.
 */
export const MAX_NETLINK_OPERATIONS = 128;
/** Interfaces of our own that are made or removed in one turn of the loop: each takes the kernel up to a millisecond. */
export const MAX_LINK_OPERATIONS = 8;
/** Bytes of the buffer for the kernel's answers, whatever is configured: those to a whole chunk fit, if all fail. */
export const MIN_ANSWER_BUFFER = 64 * 1024;
/** Datagrams read from the netlink event socket in one turn of the loop. */
export const MAX_NETLINK_EVENTS_PER_TURN = 256;
/** Clients that may watch for hours: half of the connections, so that `status` always finds one. */
export const MAX_CONTROL_WATCHERS = MAX_CONTROL_CLIENTS / 2;
/** Bytes of the head of a request to the control socket. */
export const MAX_CONTROL_HEAD = 16 * 1024;
/** Bytes of an answer of the control socket that a command reads: far above 10,000 instances. */
export const MAX_CONTROL_ANSWER = 256 * 1024 * 1024;
/** Longest path of a Unix socket, bytes: what fits into sockaddr_un with its final zero. */
export const MAX_SOCKET_PATH = 107;
/** Bytes of what a child process of ours reports to its parent: a thousand diagnostics. */
export const MAX_CHILD_REPORT = 1024 * 1024;
/** Timeouts within one turn of the loop; who is due again beyond it gets the next turn, after a drain. */
export const MAX_TIMEOUTS_PER_TURN = 64;
/**
 * Rounds of effects and their answers within one turn of the loop: an advert, an address and its announcement are
 * two. What is answered beyond it waits for the next turn, so that no exchange with the kernel holds up the sockets.
 */
export const MAX_ANSWER_ROUNDS = 4;

/** Log lines and events that wait while deadlines are due; beyond that they are said first. */
export const MAX_UNSAID = 256;
/** Times the script runner is started again without a result between; then it rests before each further try. */
export const MAX_RUNNER_RESTARTS = 5;
/** How long it rests then: what it lacks (descriptors, memory) may be there again. */
export const RUNNER_REST_MS = 10_000;
/** Process events read from the kernel in one turn of the loop. */
export const MAX_PROCESS_EVENTS_PER_TURN = 512;
/** Tracked processes that are followed by a descriptor of their own; the rest is asked each tick. */
export const MAX_PIDFDS = 4096;
/** Kernel events kept that arrive before the snapshot of the start; of more, the oldest are forgotten. */
export const MAX_EARLY_EVENTS = 4096;
/** Senders of refused adverts told apart per instance; beyond it, all others share one log line per kind. */
export const MAX_REFUSAL_SENDERS = 64;
/** Characters of a source line that a finding shows around its place. */
export const MAX_SHOWN_LINE = 110;
/** Symbolic links within links that are followed, as the kernel bounds them. */
export const MAX_SYMBOLIC_LINKS = 40;
/** Instructions of a classic BPF program: BPF_MAXINSNS of the kernel. */
export const MAX_BPF_INSTRUCTIONS = 4096;
/** Bytes of one datagram to syslog or the service manager; what is beyond is cut off. */
export const MAX_UNIX_DATAGRAM = 64 * 1024;
/** New processes that are looked at again for a while, because they may still exec. */
export const MAX_YOUNG_PROCESSES = 256;
/** Process numbers given out since the last look that are tried one by one; of more, a sweep is cheaper. */
export const MAX_NEW_PROCESSES = 512;
/** Lines that wait for the reader of a notify FIFO, behind the 64 KiB that the kernel keeps; the oldest give way. */
export const MAX_FIFO_LINES = 4096;
/** Mails, or posts to one URL, that wait for a server; the oldest give way. A storm of transitions fits. */
export const MAX_DELIVERY_QUEUE = 1000;
/** Addresses of webhooks that are remembered at once; each has a queue of its own. */
export const MAX_WEBHOOK_QUEUES = 64;
/** Bytes of a file that holds one password or key: far above any. */
export const MAX_SECRET_FILE = 4096;
/** Trackers with weights of one instance that are compared with other routers: sums grow with each. */
export const MAX_WEIGHTS_COMPARED = 16;
/** Elements in one message to nf_tables: a nested attribute is at most 64 KiB, an element at most 60 bytes. */
export const MAX_NFT_ELEMENTS = 1000;
/** Milliseconds that one run of iptables or ipset may take; it waits at most 5 s for somebody else's change. */
export const IPTABLES_PATIENCE_MS = 10_000;
/** Multicast senders whose HMAC sequences are remembered, per instance: more masters at once than any split has. */
export const MAX_HMAC_MULTICAST_SENDERS = 4;
/** Bytes of a file that holds an HMAC key: `hex:` and 128 digits, with a little room for the end of its line. */
export const MAX_HMAC_KEY_FILE = 139;
/** Announcements that leave in one millisecond: about two of the kernel's work, so that no advert waits longer. */
export const MAX_FRAMES_PER_TICK = 512;
/** Packets for virtual routers of others that are read from one interface in a second: a flood is a sample. */
export const MAX_STRAYS_PER_SECOND = 16;
/** Virtual routers of others that are counted one by one: every number on one interface. More count together. */
export const MAX_STRAY_ROUTERS = 255;
/** Characters of a dump that are made and written in one turn of the loop: some fifty instances, a millisecond. */
export const MAX_DUMP_PART = 64 * 1024;
/** Addresses of one range of a virtual_server_group, each a service in the kernel: as many as an IPv4 /16 has. */
export const MAX_GROUP_ADDRESSES = 65_536;
/** Kernel memory of one waiting advert, bytes, with room for drivers that hand out whole pages' halves. */
export const BYTES_PER_ADVERT = 2304;
/** Bytes that one virtual router gets of a receive buffer where nobody says how much: three bursts (DESIGN section 3). */
export const RECEIVE_BUFFER_PER_ROUTER = 3 * BYTES_PER_ADVERT;
/** Bytes of the receive buffer of a VRRP socket: doubled by the kernel, what MAX_HELD_TURNS turns read of it. */
export const MAX_RECEIVE_BUFFER = 8 * 1024 * 1024;
/** Takeovers that are rehearsed of each kind of instance: by then the compiler has seen that way often enough. */
export const REHEARSED_TAKEOVERS = 20;
/** Kinds of instances (version, family, unicast, authentication) whose takeover is rehearsed. */
export const MAX_REHEARSED_KINDS = 4;
/** Addresses of one instance that are rehearsed: thousands take longer than REHEARSAL_TIME, and make the takeover late. */
export const MAX_REHEARSED_ADDRESSES = 256;
/** Takeovers that are waited for without sleeping in the second after a rehearsal: a hundredth of a processor at most. */
export const MAX_AWAKE_WAITS = 10;
/** Turns of one rehearsal: far more than its takeovers need, so that a play that gets stuck ends. */
export const MAX_REHEARSED_TURNS = 1000;
/** Log lines about checks and servers in a second; of thousands that fail together the rest is summed up. */
export const MAX_LVS_LINES_PER_SECOND = 500;
/** Notify scripts about servers and quorums that run at once: of thousands that fail together the rest waits its turn. */
export const MAX_LVS_NOTIFY_RUNS = 64;
/** Mails about servers that are sent one by one within ten seconds; the rest becomes one mail. */
export const MAX_LVS_MAILS_PER_BURST = 20;
/** Differences or refusals of the balancer's table that are logged one by one; the rest is counted. */
export const MAX_TABLE_REMARKS = 20;
/** Weight of a server in the kernel's table: a signed 32-bit number. */
export const MAX_SERVER_WEIGHT = 2 ** 31 - 1;
/** Bytes of one answer to a health check that are read, header and all: what is larger is no page for a check. */
export const MAX_CHECK_ANSWER = 32 * 1024 * 1024;
/** Bytes of the header of such an answer: what web servers take themselves at most. */
export const MAX_CHECK_HEADER = 64 * 1024;
/** Characters of what came in place of an HTTP status line that are shown. */
export const MAX_HTTP_FIRST_LINE = 60;
/** Bytes of TLS around an answer, beside four times its own: certificates, and records of a few bytes each. */
export const MAX_TLS_OVERHEAD = 256 * 1024;
/** Bytes of a line that gives the size of a chunk, with its extensions. */
export const MAX_CHUNK_LINE = 4096;
/** Bytes of a body in which a pattern is looked for. */
export const MAX_REGEX_BODY = 1024 * 1024;
/** Milliseconds that looking for a pattern in one body may take. */
export const MAX_REGEX_MS = 1000;
/** Milliseconds of that after which it goes on elsewhere: many pages may turn slow together, and hold up others for so long each. */
export const MAX_QUICK_REGEX_MS = 100;
/** Bytes of bodies that wait to be searched; of more, the check could not be made. */
export const MAX_REGEX_WAITING = 64 * 1024 * 1024;
/** Times connect_timeout that a whole answer may take, as long as it never pauses for one of them. */
export const MAX_ANSWER_TIMEOUTS = 10;
/** Bytes of one line of a mail server's dialogue: RFC 5321 section 4.5.3.1.5 asks for 512. */
export const MAX_SMTP_LINE = 512;
/** Datagrams that a check reads in one turn of the loop: strangers may send more. */
export const MAX_DATAGRAMS_PER_CHECK = 16;
/** Bytes of a DNS answer whose records are looked at; RFC 1035 allows 512 by UDP, and names may point at each other. */
export const MAX_DNS_ANSWER = 4096;
/**
 * Real servers that are made, or whose checkers are, in one turn of the balancer's loop at a start: a millisecond or two, and
 * about as much of the table as it can take in a turn.
 */
export const MAX_SERVERS_MADE = 64;
/** Services whose servers are read from IPVS in one turn of the loop: about a millisecond. */
export const MAX_BALANCER_READS = 32;
/** Services that are read from nf_tables in one turn of the loop, three questions each: about two milliseconds. */
export const MAX_NFT_READS = 8;
/** The servers that these have together; a service that has more goes alone. */
export const MAX_NFT_READ_SERVERS = 128;
/** After the balancer's table was taken by somebody else and has come back: how long it stays away if it is taken again. */
export const NFT_COME_BACK_PAUSE_MS = 1000;
/** Operations in one transaction of the balancer, up to the end of a service: some two milliseconds of the kernel. */
export const MAX_NFT_OPERATIONS = 32;
/**
 * The most that this end may be away: a service is written down whole for each of its transactions, so many small ones cost
 * more than few, and one with thousands of servers holds up the turn.
 */
export const MAX_NFT_SERVICE_OPERATIONS = 256;
/** Connections that are looked at to count those of each server: more take seconds, and nobody waits so long for a status. */
export const MAX_TRACKED_CONNECTIONS = 262_144;
/** Milliseconds that modprobe may take to load a module. */
export const MODPROBE_PATIENCE_MS = 10_000;
/** Source ports that are tried for one BFD session before it waits: with 16384 of them a free one is found soon. */
export const MAX_BFD_PORT_ATTEMPTS = 16;
/** BFD packets that leave together: half a millisecond in which nothing else is done, and a burst that every switch takes. */
export const MAX_BFD_DEPARTURE = 64;
/** BFD packets of unknown senders that are looked at in a second: a flood is a sample. */
export const MAX_BFD_STRAYS_PER_SECOND = 16;
/**
 * Neighbours with sockets of their own at one port, which no other's flood can fill; further ones share. The program
 * that steers takes ten instructions for one over IPv6, and may have MAX_BPF_INSTRUCTIONS.
 */
export const MAX_BFD_SEPARATE = 256;
/** Bytes of one message between our processes: a configuration with 100,000 real servers takes a tenth of it. */
export const MAX_FRAME_BYTES = 1024 * 1024 * 1024;
/**
 * Shortest vrrp_rlimit_rttime, a duration: a process of Node.js computes for longer than Keepalived's ten
 * milliseconds when it collects garbage or takes on a configuration.
 */
export const LEAST_REALTIME_LIMIT = 200_000 as Duration;
/**
 * Whose neighbour or backup gives up sooner runs in real time: on a machine with more work than processors a process waits
 * for more than half of that now and then.
 */
export const URGENT_SILENCE = 100_000 as Duration;
/** Reloads of which config_save_dir keeps the files of one process; a reload a minute fills no disk. */
export const MAX_SAVED_RELOADS = 100;
/** Slots in which the servers of a service share by weight, where nftables balances: a thousandth is exact enough. */
export const MAX_BALANCER_SLOTS = 1000;
/** Clients that nftables remembers for the persistence of one service: some ten MiB of the kernel; more are balanced. */
export const MAX_STICKY_CLIENTS = 65_536;
