/** Listeners that answer well or badly what random checkers ask; each can be ended at once. */
import { createSocket } from 'node:dgram';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { type BfdState, decodeBfdControl, encodeBfdControl } from '../../src/wire/bfd-control.js';
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

const BFD_PORT = 3784;
/** What a session says that hears of the other one's state. */
const NEXT: Readonly<Record<BfdState, BfdState>> = { AdminDown: 'Down', Down: 'Init', Init: 'Up', Up: 'Up' };

/** The other end of a BFD session, which speaks when it is spoken to; a bad one is shut down by its administrator. */
export async function listenBfd(
  address: string,
  _port: number,
  _kind: string,
  condition: Condition,
): Promise<Listener> {
  const socket = createSocket('udp4');
  const voice = createSocket('udp4');
  const myDiscriminator = 1 + Math.floor(Math.random() * 1e9);
  socket.on('message', (bytes, from) => {
    const heard = decodeBfdControl(bytes);
    if (!heard.ok) return;
    const good = condition === 'good';
    const reply = encodeBfdControl({
      ...heard.value,
      diagnostic: good ? 0 : 7,
      state: good ? NEXT[heard.value.state] : 'AdminDown',
      poll: false,
      final: heard.value.poll,
      myDiscriminator,
      yourDiscriminator: heard.value.myDiscriminator,
    });
    voice.send(reply, BFD_PORT, from.address);
  });
  const bound = (one: typeof socket, port: number): Promise<void> =>
    new Promise((done, reject) => {
      one.on('error', reject);
      one.bind({ address, port, exclusive: true }, done);
    });
  await Promise.all([bound(socket, BFD_PORT), bound(voice, 50_000)]);
  voice.setTTL(255);
  return async () => {
    await Promise.all([socket, voice].map((one) => new Promise<void>((closed) => one.close(closed))));
  };
}
