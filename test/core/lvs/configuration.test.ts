/** What the balancer's process is given of tracked files: those that its checkers live on, and no others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LvsConfiguration, lvsPartOf } from '../../../src/core/lvs/configuration.js';
import { Divider } from '../../../src/daemon/lvs/handover.js';
import { configurationOf } from '../../support/configuration.js';

const text = (name: string): string => `track_file a {
  file /tmp/a
}
track_file b {
  file /tmp/b
}
vrrp_instance VI_1 {
  interface lo
  virtual_router_id 51
  virtual_ipaddress {
    192.0.2.1
  }
  track_file {
    a
    b
  }
}
virtual_server 192.0.2.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 10.1.0.1 80 {
    FILE_CHECK {
      track_file ${name}
    }
  }
}
`;
const names = ({ trackFiles }: LvsConfiguration): string[] => trackFiles.map(({ name }) => name);

test('a file that only an instance of VRRP tracks is nothing to the balancer', () => {
  assert.deepEqual(names(lvsPartOf(configurationOf(text('a')))), ['a']);
  assert.deepEqual(names(lvsPartOf({ ...configurationOf(text('a')), virtualServers: [] })), []);
});

test('what is handed over names them, without the virtual servers, and after a reload others', () => {
  const divider = new Divider([]);
  for (const name of ['a', 'b', 'a']) {
    const { delta } = divider.divide(configurationOf(text(name)));
    const frame = JSON.parse(Buffer.from(delta.frame).toString()) as LvsConfiguration;
    assert.deepEqual([names(frame), frame.virtualServers], [[name], []]);
  }
});
