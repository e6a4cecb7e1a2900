/**
 * Linux's numbers, named as in its headers. Only those that are the same on every architecture Node runs on,
 * or that Node itself knows (O_*). The values come from the kernel's uapi headers.
 */
import { constants as files } from 'node:fs';

export const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_APPEND, O_NONBLOCK, O_NOFOLLOW } = files;
export const O_CLOEXEC = 0o2000000;

// sys/socket.h
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_TIMESTAMPNS = 35;
export const SO_REUSEPORT = 15;
export const SO_BINDTODEVICE = 25;
export const SO_ATTACH_FILTER = 26;
export const SO_MARK = 36;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_ATTACH_REUSEPORT_CBPF = 51;
export const MSG_TRUNC = 0x20;
export const MSG_CTRUNC = 0x08;
/** Of getrandom(2), since Linux 5.6. */
export const GRND_INSECURE = 4;

export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_ERRQUEUE = 0x2000;

// netinet/in.h
export const IPPROTO_IP = 0;
export const IPPROTO_ICMP = 1;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_IPV6 = 41;
export const IPPROTO_AH = 51;
export const IPPROTO_ICMPV6 = 58;
export const IPPROTO_VRRP = 112;
export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_HDRINCL = 3;
export const IP_PKTINFO = 8;
export const IP_RECVERR = 11;
export const IP_BIND_ADDRESS_NO_PORT = 24;
export const IP_RECVTTL = 12;
export const IP_MULTICAST_IF = 32;
export const IP_MULTICAST_LOOP = 34;
export const IP_ADD_MEMBERSHIP = 35;
export const IP_DROP_MEMBERSHIP = 36;
export const IP_MULTICAST_ALL = 49;
export const IPV6_CHECKSUM = 7;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MULTICAST_IF = 17;
export const IPV6_MULTICAST_HOPS = 18;
export const IPV6_MULTICAST_LOOP = 19;
export const IPV6_RECVERR = 25;
export const IPV6_JOIN_GROUP = 20;
export const IPV6_LEAVE_GROUP = 21;
export const IPV6_MULTICAST_ALL = 29;
export const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
export const IPV6_RECVHOPLIMIT = 51;
export const IPV6_HOPLIMIT = 52;
export const IPV6_TCLASS = 67;
export const IPV6_FREEBIND = 78;

// linux/netlink.h
export const NETLINK_ROUTE = 0;
export const NETLINK_CONNECTOR = 11;
export const NETLINK_NETFILTER = 12;
export const NETLINK_GENERIC = 16;
export const SOL_NETLINK = 270;
export const NETLINK_ADD_MEMBERSHIP = 1;
export const NETLINK_DROP_MEMBERSHIP = 2;
export const NETLINK_CAP_ACK = 10;
export const NETLINK_EXT_ACK = 11;
export const NETLINK_GET_STRICT_CHK = 12;
export const RTNLGRP_LINK = 1;
export const RTNLGRP_IPV4_IFADDR = 5;
export const RTNLGRP_IPV6_IFADDR = 9;
export const RTNLGRP_IPV6_NETCONF = 25;
export const RTNLGRP_IPV4_ROUTE = 7;
export const RTNLGRP_IPV4_RULE = 8;
export const RTNLGRP_IPV6_ROUTE = 11;
export const RTNLGRP_IPV6_RULE = 19;
export const NFNLGRP_NFTABLES = 7;

// sys/epoll.h, sys/timerfd.h, time.h
export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 0x001;
export const EPOLLOUT = 0x004;
export const EPOLLERR = 0x008;
export const EPOLLHUP = 0x010;
export const POLLOUT = 0x004;
export const TFD_NONBLOCK = 0o4000;
export const TFD_CLOEXEC = 0o2000000;
export const TFD_TIMER_ABSTIME = 1;
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;

// sys/inotify.h
export const IN_NONBLOCK = 0o4000;
export const IN_CLOEXEC = 0o2000000;
export const IN_OPEN = 0x0000_0020;
export const IN_CLOSE_WRITE = 0x0000_0008;
export const IN_MOVED_FROM = 0x0000_0040;
export const IN_MOVED_TO = 0x0000_0080;
export const IN_CREATE = 0x0000_0100;
export const IN_DELETE = 0x0000_0200;
export const IN_DELETE_SELF = 0x0000_0400;
export const IN_MOVE_SELF = 0x0000_0800;
export const IN_UNMOUNT = 0x0000_2000;
export const IN_Q_OVERFLOW = 0x0000_4000;
export const IN_IGNORED = 0x0000_8000;
export const IN_ONLYDIR = 0x0100_0000;
export const IN_MASK_ADD = 0x2000_0000;
export const IN_ISDIR = 0x4000_0000;

// sched.h, fcntl.h, asm-generic/unistd.h
export const CLONE_NEWNET = 0x4000_0000;
export const F_SETFD = 2;
export const F_SETFL = 4;
export const WNOHANG = 1;
export const FD_CLOEXEC = 1;
export const F_OFD_SETLK = 37;
export const F_WRLCK = 1;
export const SEEK_SET = 0;
export const SYS_PIDFD_OPEN = 434;

// signal.h: glibc and musl keep 32 and 33 to themselves, so SIGRTMIN is 34 for programs
export const SIGRTMIN = 34;
export const SIGRTMAX = 64;

// asm-generic/ioctls.h
export const FIONREAD = 0x541b;
