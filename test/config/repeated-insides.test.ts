/**
 * Real servers whose insides are the same text are read once: what comes of a text, findings included, is what comes of
 * reading each. Texts are put together at random, from insides that must not be shared as well; REPEATED_TEXTS=N says how
 * many.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how the language under test writes references
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../src/base/prng.js';
import { type LoadOptions, loadCluster, loadConfiguration } from '../../src/config/load.js';
import { Preprocessor } from '../../src/config/preprocess.js';
import { type Files, load, MAIN, readerOf } from './support.js';

const TEXTS = Number(process.env['REPEATED_TEXTS'] ?? 300);
const OPTIONS: LoadOptions = { path: MAIN, configId: 'node1', seed: 5 };

const check = (more = ''): string => `        TCP_CHECK {\n${more}        }\n`;
const INSIDES: readonly string[] = [
  `        weight 1\n${check()}    }\n`,
  `        weight 1\n${check('            connect_ip 127.0.0.1\n            connect_port 8099\n')}    }\n`,
  `        weight 2 # a remark\n${check('            connect_timeout 3\n')}    }\n`,
  `        weight 1\n${check('            connect_ip 10.2.0.1\n')}    }\n`,
  `        HTTP_GET {\n            url {\n                path "/a}b{"\n            }\n        }\n    }\n`,
  `        SMTP_CHECK {\n            host {\n                connect_ip 10.2.0.2\n            }\n            host {\n                connect_port 26\n            }\n        }\n    }\n`,
  `        MISC_CHECK {\n            misc_path /bin/true\n        }\n    }\n`,
  `        FILE_CHECK {\n            track_file F\n        }\n    }\n`,
  `        BFD_CHECK {\n            name B\n        }\n    }\n`,
  '    }\n',
  // With findings, each in its own way.
  `        nonsense 1\n    }\n`,
  `        weight x\n${check()}    }\n`,
  `        weight 1\n        weight 2\n    }\n`,
  `        snmp_name s\n    }\n`,
  `        uthreshold 4\n        lthreshold 9\n    }\n`,
  `        lb_kind TUN\n    }\n`,
  `        lb_kind DR\n${check('            connect_timeout 0.0001\n')}    }\n`,
  `${check('            bindto 192.0.2.1\n')}    }\n`,
  `        notify_up "/bin/a | /bin/b"\n    }\n`,
  // More than text.
  `        weight $W\n    }\n`,
  `        @node1 weight 3\n        @node2 weight 4\n    }\n`,
  `        include more.conf\n    }\n`,
  `        $W=9\n        weight 5\n    }\n`,
  `        weight 1 }\n`,
  `        weight 1\r\n    }\r\n`,
  `${check()}    } virtualhost x\n`,
  `        weight 1\n${check().trimEnd()} }\n`,
  `        weight "1\n    }\n`,
  // Braces that are too many or too few.
  `        weight 1\n    }\n    }\n`,
  `        TCP_CHECK {\n    }\n`,
  `        weight 1\n`,
];
/** Of plain ones more than one stands in a service, or nothing would be repeated. */
const PLAIN = 10;
const ADDRESSES = ['10.2.0.1', '10.2.0.2', '10.2.0.3', '10.2.0.4', '10.2.0.x', '2001:db8::1'];
const ADDRESSES6 = ['2001:db8::1', '2001:db8::2', '2001:db8::3', 'fe80::1', 'fe80::2', 'fe80::3', '10.2.0.1'];

function server(prng: Prng, addresses: readonly string[], inside: string): string {
  const port = prng.pick(['80', '80', '80', '81', '']);
  const open = prng.chance(0.9) ? ' {\n' : prng.pick(['\n    {\n', ' { # here\n', ' { weight 7\n']);
  return `    real_server ${prng.pick(addresses)} ${port}${open}${inside}`;
}

function service(prng: Prng, number: number): string {
  const head = prng.chance(0.8)
    ? `10.1.0.${number} 80`
    : prng.pick(['fwmark 7', 'group G', `fe80::${number} 80`]);
  const addresses = head.startsWith('fe80') ? ADDRESSES6 : ADDRESSES;
  const inside = (): string =>
    INSIDES[prng.integer(0, prng.chance(0.8) ? PLAIN - 1 : INSIDES.length - 1)] ?? '';
  const usual = inside();
  const servers = Array.from({ length: prng.integer(1, 7) }, () =>
    server(prng, addresses, prng.chance(0.7) ? usual : inside()),
  );
  const own = prng.pick(['', '', '    alpha\n', '    lb_kind DR\n', '    retry 7\n', '    virtualhost v\n']);
  return `virtual_server ${head} {\n    lvs_sched rr\n    protocol TCP\n${own}${servers.join('')}}\n`;
}

function textOf(prng: Prng): Files {
  const services = Array.from({ length: prng.integer(1, 5) }, (_, n) => service(prng, n));
  const around = prng.pick(['', '', '# holdfast: allow HF0501\n', 'global_defs {\n    smtp_alert on\n}\n']);
  return {
    [MAIN]: `$W=3\n${around}virtual_server_group G {\n    10.1.0.99 80\n    10.1.0.98 81\n}\ntrack_file F {\n    file /tmp/f\n}\nbfd_instance B {\n    neighbor_ip 10.0.0.9\n}\n${services.join('')}`,
    '/etc/more.conf': '        weight 8\n',
  };
}

/** Insides that were passed over while `work` ran. */
function passedOver(work: () => void): number {
  const { takeRepeated } = Preprocessor.prototype;
  let count = 0;
  Preprocessor.prototype.takeRepeated = function (insides) {
    const inside = takeRepeated.call(this, insides);
    if (inside) count += 1;
    return inside;
  };
  try {
    work();
  } finally {
    Preprocessor.prototype.takeRepeated = takeRepeated;
  }
  return count;
}

test('whatever stands in them: what is read by what is repeated equals what is read one by one', () => {
  let clean = 0;
  const count = passedOver(() => {
    for (let n = 0; n < TEXTS; n++) {
      const files = textOf(new Prng(n));
      const [each] = loadCluster([OPTIONS], readerOf(files));
      const repeated = loadConfiguration(OPTIONS, readerOf(files));
      assert.deepEqual(repeated, each, `text ${n}:\n${files[MAIN]}`);
      if (repeated.diagnostics.length === 0) clean += 1;
    }
  });
  assert.ok(
    count > TEXTS,
    `only ${count} insides were passed over in ${TEXTS} texts, ${clean} without findings`,
  );
});

const SERVERS = Array.from({ length: 5 }, (_, n) => `    real_server 10.2.0.${n + 1} 80 {\n`);
const withInside = (inside: string): string =>
  `virtual_server 10.1.0.1 80 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n${SERVERS.map((one) => one + inside).join('')}}\n`;

test('the same inside is passed over each time but the first', () => {
  assert.equal(
    passedOver(() => load(withInside(INSIDES[0] ?? ''))),
    SERVERS.length - 1,
  );
});

test('a finding inside is told for each server, at its own line', () => {
  const { diagnostics } = load(withInside('        uthreshold 4\n        lthreshold 9\n    }\n'));
  const found = diagnostics
    .filter(({ message }) => message.startsWith('lthreshold 9'))
    .map(({ place }) => place?.line);
  assert.deepEqual(found, [7, 11, 15, 19, 23]);
});

test('a server whose address is remarked on is not taken for one like those before it', () => {
  const servers = ['2001:db8::1', '2001:db8::2', '2001:db8::3', 'fe80::1'].map(
    (address) => `    real_server ${address} 80 {\n${INSIDES[0]}`,
  );
  const text = `virtual_server 2001:db8::9 80 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n${servers.join('')}}\n`;
  const { configuration, diagnostics } = load(text);
  assert.match(diagnostics.map(({ message }) => message).join('\n'), /fe80::1 has no bind_if/);
  const targets = configuration?.virtualServers[0]?.realServers.map(({ checkers }) =>
    checkers.map((one) => ('target' in one ? one.target.address : undefined)),
  );
  assert.deepEqual(targets, [['2001:db8::1'], ['2001:db8::2'], ['2001:db8::3'], []]);
});
