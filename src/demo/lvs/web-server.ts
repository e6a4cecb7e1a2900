/**
 * A web server of the farm: `/` says its name, `/probe` is the page that the director checks, `/download` takes some
 * seconds. It ends with its standard input; a line of it becomes the checked page. Arguments: NAME PAGE.
 */
import { createServer, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const PORT = 80;
/** A download comes in so many parts, so far apart. */
export const DOWNLOAD_PARTS = 10;
const PART_MS = 250;

function download(response: ServerResponse, name: string): void {
  response.setHeader('server', name);
  let sent = 0;
  const timer = setInterval(() => {
    response.write('.');
    if (++sent < DOWNLOAD_PARTS) return;
    clearInterval(timer);
    response.end();
  }, PART_MS);
  response.on('close', () => clearInterval(timer));
}

function serve(name: string, firstPage: string): void {
  let page = firstPage;
  createServer((request, response) => {
    response.setHeader('connection', 'close');
    if (request.url === '/download') download(response, name);
    else response.end(request.url === '/probe' ? `${page}\n` : name);
  }).listen(PORT, () => process.stdout.write('listening\n'));
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      page = line;
    })
    .on('close', () => process.exit(0));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  serve(process.argv[2] ?? '', process.argv[3] ?? '');
