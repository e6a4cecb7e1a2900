/**
 * A mail server as a program of its own, for a host of the lab: takes whatever comes on port 25 and prints each mail as
 * a line of JSON. Nothing is delivered.
 */
import { SMTPServer } from 'smtp-server';

/** One mail, as it came. */
export interface SunkMail {
  /** Of the client. */
  readonly from: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly body: string;
}

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  onData: (stream, session, done) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const text = Buffer.concat(chunks).toString('latin1').replaceAll('\r\n', '\n');
      const end = text.indexOf('\n\n');
      const { mailFrom, rcptTo } = session.envelope;
      const mail: SunkMail = {
        from: session.remoteAddress,
        sender: mailFrom ? mailFrom.address : '',
        recipients: rcptTo.map(({ address }) => address),
        subject:
          /^Subject: (.*(?:\n[ \t].*)*)/im.exec(text.slice(0, end))?.[1]?.replace(/\n[ \t]+/g, ' ') ?? '',
        body: text.slice(end + 2).trim(),
      };
      process.stdout.write(`${JSON.stringify(mail)}\n`);
      done();
    });
  },
});
server.listen(25, '0.0.0.0', () => process.stdout.write('listening\n'));
