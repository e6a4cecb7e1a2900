/** What `check` says to do where the slip itself is recognised: the remedy names it, and what to write instead. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instance } from './check-texts.js';
import { load } from './support.js';

const BALANCED = 'virtual_server 10.0.0.1 80 {\n lvs_method NAT\n real_server 10.0.0.2 80 {\n }\n}\n';
const vip = (line: string): string => instance(`virtual_ipaddress_excluded {\n ${line}\n }`);

const rows: readonly { what: string; text: string; remedy: RegExp }[] = [
  { what: 'a netmask', text: vip('10.0.0.9/255.255.240.0'), remedy: /this netmask, \/20; 32 is used/ },
  { what: 'a netmask with a hole', text: vip('10.0.0.9/255.0.255.0'), remedy: /a length from 0 to 32/ },
  { what: 'a comma', text: vip('10.0.0.9/24, 10.0.0.8/24'), remedy: /line of its own, without a comma/ },
  { what: 'a semicolon', text: instance('priority 90;'), remedy: /^Write 90, with nothing behind it\.$/ },
  { what: 'no definition', text: instance('priority $P'), remedy: /or define \$P on a line above/ },
  {
    what: 'none of a few words',
    text: instance('state SLAVE'),
    remedy: /^Write one of these: MASTER, BACKUP\.$/,
  },
  { what: 'small letters', text: BALANCED.replace('NAT', 'nat'), remedy: /^Did you mean NAT\?$/ },
  {
    what: 'a port behind a colon',
    text: BALANCED.replace('server 10.0.0.1 80', 'server 10.0.0.1:80'),
    remedy: /^Write a blank before the port: 10\.0\.0\.1 80\.$/,
  },
  { what: 'a comment of C', text: instance('// mine'), remedy: /comment with # or with !/ },
  { what: 'a no-break space', text: instance('priority\u00a090'), remedy: /^Write a plain blank/ },
];

describe('remedies', () => {
  for (const { what, text, remedy } of rows)
    test(what, () => {
      const told = load(text).diagnostics.map((one) => one.remedy);
      assert.ok(
        told.some((one) => remedy.test(one)),
        told.join('\n'),
      );
    });

  test('arguments of a program without quotes, which are read as who runs it', () => {
    const commands = () => ({ identity: 'nobody is called so' });
    const remedyOf = (line: string) =>
      load(instance(line), { commands }).diagnostics.find(({ code }) => code === 'HF0404')?.remedy ?? '';
    assert.match(remedyOf('notify_master /bin/tell -v'), /quotes with the program: "\/bin\/tell -v \.\.\."/);
    assert.doesNotMatch(remedyOf('notify_master "/bin/tell -v"'), /quotes/);
  });

  test('typographic quotes around a program', () => {
    const commands = () => ({ program: 'there is none' });
    const text = instance('notify_master \u201c/bin/tell\u201d');
    const [found] = load(text, { commands }).diagnostics.filter(({ code }) => code === 'HF0408');
    assert.match(found?.remedy ?? '', /^Write plain quotes/);
  });
});
