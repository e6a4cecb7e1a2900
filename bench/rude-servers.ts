// Servers that misbehave, for the bench of bad input. On the first port mail servers that never answer, talk of something
// else without end, close at once or in the middle, in turn; on the second a web server that redirects in a circle, and one
// that never answers. Arguments: SMTP-PORT HTTP-PORT. Ends when it is killed.

import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';

const [smtpPort = 0, httpPort = 0] = process.argv.slice(2).map(Number);

const manners: readonly ((socket: Socket) => void)[] = [
  () => {},
  (socket) => {
    const more = setInterval(() => socket.write('x'.repeat(1000)), 10);
    socket.on('close', () => clearInterval(more));
  },
  (socket) => void socket.destroy(),
  (socket) => {
    socket.write('220 hello\r\n');
    socket.once('data', () => socket.destroy());
  },
];

let visits = 0;
createServer((socket) => {
  socket.on('error', () => {});
  manners[visits++ % manners.length]?.(socket);
}).listen(smtpPort, '127.0.0.1');

createHttpServer((request, response) => {
  request.resume();
  if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
}).listen(httpPort, '127.0.0.1');

console.log('rude');
