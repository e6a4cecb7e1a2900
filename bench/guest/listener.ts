// What health checks meet: accepts on all addresses, answers a request with a page, and counts. A process of its own, so
// that what it costs is nobody's figure. Argument: the port. It speaks with who started it: `count` is answered with the
// connections so far; `close` and `open` stop and start it.

import { createServer, type Server } from 'node:net';

const port = Number(process.argv[2]);
const PAGE = 'HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n';
let connections = 0;
let server: Server | undefined;

function open(): void {
  server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.on('data', () => socket.end(PAGE));
    socket.on('end', () => socket.end());
  });
  server.listen({ port, host: '0.0.0.0', backlog: 4096 }, () => process.send?.({ told: 'open' }));
}

process.on('message', (asked: string) => {
  if (asked === 'count') process.send?.({ told: 'count', connections });
  else if (asked === 'open') open();
  // Connections that are being looked at end by themselves: what is refused is the next one.
  else server?.close(() => process.send?.({ told: 'closed' }));
});
process.on('disconnect', () => process.exit());
open();
