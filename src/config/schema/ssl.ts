/** The keywords of `SSL`, the client side of TLS for SSL_GET. (directives-lvs section 9) */
import { present, text } from './arguments.js';
import { type Block, line } from './row.js';

const path = (keyword: string, doc: string) =>
  line(keyword, text('PATH'), { doc, since: '0.5.3', default: 'none', repeat: 'warned', missing: 'error' });

export const ssl = {
  name: 'SSL',
  doc: 'Keys and certificates of the TLS client. Certificates of servers are never refused.',
  header: present,
  rows: {
    password: line('password', text('PASSWORD'), {
      doc: 'Opens the private key.',
      since: '0.5.3',
      default: 'none',
      repeat: 'warned',
      missing: 'error',
    }),
    ca: path('ca', 'File with certificates of authorities.'),
    certificate: path('certificate', 'File with the certificate that is shown to servers.'),
    key: path('key', 'File with the private key of the certificate.'),
  },
} satisfies Block<unknown, unknown>;
