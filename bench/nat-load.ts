// Requests as fast as they can be made, over so many connections at once, each of its own: prints how many were answered
// within each second. Run with `serve` it answers them. Arguments: `serve PORT`, or `ask ADDRESS PORT SECONDS`.

import { connect, createServer } from 'node:net';

const ANSWER = 'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n';
const AT_ONCE = 32;

function serve(port: number): void {
  createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(ANSWER));
  }).listen({ port, host: '0.0.0.0', backlog: 1024 }, () => console.log('ready'));
}

function ask(address: string, port: number, seconds: number): void {
  const answered = Array.from({ length: seconds }, () => 0);
  let failed = 0;
  const began = performance.now();
  let open = AT_ONCE;
  const one = (): void => {
    if (performance.now() >= began + seconds * 1000) {
      open -= 1;
      if (open === 0) console.log(JSON.stringify({ answered, failed }));
      return;
    }
    let got = false;
    const socket = connect({ host: address, port, noDelay: true });
    socket.on('connect', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
    socket.on('data', () => {
      got = true;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      const second = Math.floor((performance.now() - began) / 1000);
      if (!got) failed += 1;
      else if (second < seconds) answered[second] = (answered[second] ?? 0) + 1;
      one();
    });
  };
  for (let n = 0; n < AT_ONCE; n += 1) one();
}

const [what, ...rest] = process.argv.slice(2);
if (what === 'serve') serve(Number(rest[0]));
else ask(rest[0] ?? '', Number(rest[1]), Number(rest[2]));
