/** Listeners that answer well or badly what random checkers ask; each can be ended at once. */
import { createSocket } from 'node:dgram';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { PAGE } from './fuzz-checks.js';
import type { Condition } from './fuzz-world.js';

export type Listener = () => Promise<void>;

function answer(request: string, good: boolean): string {
  const path = request.split(' ')[1];
  const status = path === '/p' ? 200 : path === '/s' ? (good ? 404 : 200) : good ? 200 : 500;
  const page = path === '/p' && !good ? `not this ${PAGE}` : PAGE;
  return `HTTP/1.0 ${status} so\r\nContent-Length: ${page.length}\r\n\r\n${page}`;
}

export function listenTcp(
  address: string,
  port: number,
  kind: string,
  condition: Condition,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  const good = condition === 'good';
  const server: NetServer = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    let text = '';
    if (kind === 'smtp') socket.write(good ? '220 hello\r\n' : '554 away\r\n');
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (kind === 'smtp') {
        if (text.includes('QUIT\r\n')) socket.end('221 bye\r\n');
        else if (text.endsWith('\r\n')) socket.write('250 ok\r\n');
      } else if (text.endsWith('\r\n\r\n')) socket.end(answer(text, good));
    });
  });
  return new Promise((done, reject) => {
    server.on('error', reject);
    server.listen({ host: address, port, ipv6Only: true }, () =>
      done(
        () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      ),
    );
  });
}

/** Says the same again, as an answer of DNS; to nothing, too, which is what 2.2.7 sends where no payload is given. */
export function listenUdp(
  address: string,
  port: number,
  _kind: string,
  condition: Condition,
): Promise<Listener> {
  const socket = createSocket(address.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' });
  socket.on('message', (bytes, from) => {
    const reply = Buffer.alloc(Math.max(4, bytes.length));
    bytes.copy(reply);
    reply.writeUInt16BE(condition === 'good' ? 0x8180 : 0x8182, 2);
    socket.send(reply, from.port, from.address);
  });
  return new Promise((done, reject) => {
    socket.on('error', reject);
    socket.bind({ address, port, exclusive: true }, () =>
      done(() => new Promise((closed) => socket.close(() => closed()))),
    );
  });
}
