// The short lives of two daemons, for the code caches of the bundle (code-cache.mjs starts this in a new network
// namespace): one leads and stops, the other follows, takes over, reads its configuration again, is asked how it is, and
// stops.
//
// Arguments: the checkout, the bundle's first file, Node's options. Exit codes: 0 they lived as they should; 1 not so, or
// there is no network to be had; their logs are on standard error.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root = '.', boot = '', ...options] = process.argv.slice(2);
const { Links } = await import(pathToFileURL(resolve(root, 'dist/src/lab/links.js')));

const place = mkdtempSync(join(tmpdir(), 'holdfast-trial-'));
const children = new Set();

const configuration = (number, priority, weight) => `
global_defs {
    router_id trial
}
vrrp_script check {
    script "/bin/true"
    interval 1
    user root
}
vrrp_sync_group G {
    group {
        FOUR
        SIX
    }
    sync_group_tracking_weight
}
vrrp_instance FOUR {
    interface trial${number}
    version 3
    virtual_router_id 51
    priority ${priority}
    advert_int 0.05
    track_interface {
        lo
    }
    track_script {
        check weight ${weight}
    }
    virtual_ipaddress {
        192.0.2.10/24
        192.0.2.11/24 label trial${number}:1
    }
    notify "/bin/true" root
}
vrrp_instance SIX {
    interface trial${number}
    version 3
    virtual_router_id 52
    priority ${priority}
    advert_int 0.05
    virtual_ipaddress {
        fe80::10/64
        2001:db8::10/64
    }
}
vrrp_instance OLD {
    state MASTER
    interface trial${number}
    version 2
    virtual_router_id 53
    priority ${priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass trial
    }
    virtual_ipaddress {
        192.0.2.12/24
    }
}
virtual_server 192.0.2.10 80 {
    delay_loop 1
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.0.2.1 80 {
        TCP_CHECK {
            connect_timeout 1
        }
    }
    real_server 192.0.2.2 80 {
        HTTP_GET {
            url {
                path /
                status_code 200
            }
            connect_timeout 1
        }
    }
}
`;

/** A process of the program, and what it says. */
function start(words) {
  const child = spawn(process.execPath, [...options, boot, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  children.add(child);
  let said = '';
  const waiting = [];
  const ended = new Promise((done) => child.on('close', done));
  let gone = false;
  const hear = (text) => {
    said += text;
    for (const one of waiting.splice(0)) one();
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
  void ended.then(() => {
    children.delete(child);
    gone = true;
    hear('');
  });
  return {
    ended,
    get saidSoFar() {
      return said.length;
    },
    async says(text, from = 0) {
      while (!said.includes(text, from)) {
        if (gone) throw new Error(`it ended before it said "${text}":\n${said}`);
        await new Promise((heard) => waiting.push(heard));
      }
    },
    ask: (signal) => child.kill(signal),
  };
}

/** Its run directory and its PID files are in `place`: nothing of it is found where a daemon is looked for. */
function daemon(number, words) {
  const own = join(place, String(number));
  mkdirSync(own);
  const files = ['-p', '-r', '-c', '-b'].flatMap((option) => [option, join(own, `pid${option}`)]);
  return start([
    ...['--dont-fork', '--log-console', '--no-syslog', '-D', ...words],
    ...['--run-dir', own, ...files, '-f', join(place, `${number}.conf`)],
  ]);
}

function configure(number, priority, weight) {
  writeFileSync(join(place, `${number}.conf`), configuration(number, priority, weight), { mode: 0o600 });
}

/** Two ends of one cable, in one network: it must not mind that it hears itself. */
function makeNetwork() {
  const links = new Links();
  links.change('lo', { up: true });
  links.create({ kind: 'veth', name: 'trial0', up: false, peer: { name: 'trial1' } });
  for (const number of [0, 1]) {
    const name = `trial${number}`;
    for (const [family, setting, value] of [
      ['ipv4', 'accept_local', 1],
      ['ipv4', 'rp_filter', 0],
      ['ipv6', 'accept_dad', 0],
    ])
      writeFileSync(`/proc/sys/net/${family}/conf/${name}/${setting}`, String(value));
    links.change(name, { up: true });
    links.address('add', name, { address: `192.0.2.${number + 1}`, length: 24 });
  }
}

async function live() {
  configure(0, 150, 10);
  configure(1, 100, 10);
  makeNetwork();
  const leader = daemon(0, ['--dont-respawn']);
  await leader.says('(FOUR) Entering MASTER STATE');
  const follower = daemon(1, []);
  await follower.says('(FOUR) Entering BACKUP STATE');
  for (const one of [leader, follower]) await one.says('Load balancing starts');
  leader.ask('SIGTERM');
  await leader.ended;
  await follower.says('(FOUR) Entering MASTER STATE');
  const { saidSoFar } = follower;
  configure(1, 100, 11);
  follower.ask('SIGHUP');
  await start(['status', '--run-dir', join(place, '1')]).ended;
  await start(['check', join(place, '1.conf')]).ended;
  await follower.says('Reloaded', saidSoFar);
  follower.ask('SIGTERM');
  await follower.ended;
}

try {
  await live();
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(place, { recursive: true, force: true });
}
