// Which suites there are, which cases each has, and how often a case runs unless told: in full, and for a short pass.
// What a case measures is its own affair.

import { measureManyAddresses } from './cases/addresses.js';
import { measureBadInput } from './cases/bad-input.js';
import { measureBfdCost, measureDetection, measureFalseDowns } from './cases/bfd.js';
import { measureFastTakeover } from './cases/bfd-takeover.js';
import { measureBusyMachine } from './cases/busy.js';
import { measureChecks, measureChecksBesideKeepalived } from './cases/checks.js';
import { measureConfiguration } from './cases/configuration.js';
import { measureCost } from './cases/cost.js';
import { measureFastAdverts } from './cases/fast-adverts.js';
import { measureHeard } from './cases/heard-processes.js';
import { measureNatRate } from './cases/nat-rate.js';
import { measureOutage } from './cases/outage.js';
import { measureScale } from './cases/scale.js';
import { measureStart } from './cases/start.js';
import { measureTableAdverts } from './cases/table-adverts.js';
import { measureServerDeath, measureTables, measureTablesInRealTime } from './cases/tables.js';
import { measureTakeover } from './cases/takeover.js';
import { measureTrackedDeath } from './cases/tracked-death.js';
import { ALL, ALL_IN_REAL_TIME, FILES, measureTrackers, PROCESSES, SCRIPTS } from './cases/trackers.js';
import type { Measure } from './occasion.js';

export interface Case {
  readonly measure: Measure;
  readonly runs: number;
  readonly quickRuns: number;
}

const outageAim = 'a median of at most 1 ms, the worst of 50 at most 5 ms';
const notAbove = "not above Keepalived's";

export const suites: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  failover: {
    takeover: { measure: measureTakeover, runs: 7, quickRuns: 2 },
    start: { measure: measureStart, runs: 7, quickRuns: 3 },
    cost: { measure: measureCost, runs: 3, quickRuns: 1 },
  },
  vrrp: {
    'death-1s': {
      measure: measureOutage({ ending: 'death', interval: 1000, aim: outageAim }),
      runs: 50,
      quickRuns: 3,
    },
    'death-100ms': {
      measure: measureOutage({ ending: 'death', interval: 100, aim: outageAim }),
      runs: 50,
      quickRuns: 5,
    },
    'death-10ms': {
      measure: measureOutage({ ending: 'death', interval: 10, aim: outageAim }),
      runs: 50,
      quickRuns: 5,
    },
    stop: {
      measure: measureOutage({ ending: 'stop', interval: 100, aim: notAbove }),
      runs: 20,
      quickRuns: 3,
    },
    link: {
      measure: measureOutage({ ending: 'link', interval: 100, aim: notAbove }),
      runs: 20,
      quickRuns: 3,
    },
    scale: { measure: measureScale, runs: 3, quickRuns: 1 },
    'fast-adverts': { measure: measureFastAdverts, runs: 5, quickRuns: 2 },
    addresses: { measure: measureManyAddresses, runs: 7, quickRuns: 2 },
    busy: { measure: measureBusyMachine({ realTime: false }), runs: 10, quickRuns: 1 },
    'busy-rt': { measure: measureBusyMachine({ realTime: true }), runs: 10, quickRuns: 1 },
  },
  trackers: {
    trackers: { measure: measureTrackers('trackers', ALL), runs: 3, quickRuns: 1 },
    'trackers-rt': { measure: measureTrackers('trackers-rt', ALL_IN_REAL_TIME), runs: 3, quickRuns: 1 },
    heard: { measure: measureHeard('heard', ALL), runs: 3, quickRuns: 1 },
    'heard-processes': { measure: measureHeard('heard-processes', PROCESSES), runs: 3, quickRuns: 1 },
    scripts: { measure: measureTrackers('scripts', SCRIPTS), runs: 3, quickRuns: 1 },
    processes: { measure: measureTrackers('processes', PROCESSES), runs: 3, quickRuns: 1 },
    files: { measure: measureTrackers('files', FILES), runs: 3, quickRuns: 1 },
    death: { measure: measureTrackedDeath, runs: 20, quickRuns: 3 },
    'bad-input': { measure: measureBadInput({ realTime: false }), runs: 1, quickRuns: 1 },
    'bad-input-rt': { measure: measureBadInput({ realTime: true }), runs: 1, quickRuns: 1 },
  },
  lvs: {
    'tcp-checks': { measure: measureChecks({ kind: 'TCP_CHECK', checkers: 5000 }), runs: 3, quickRuns: 1 },
    'tcp-beside': { measure: measureChecksBesideKeepalived('TCP_CHECK', 0.7), runs: 3, quickRuns: 1 },
    'http-beside': { measure: measureChecksBesideKeepalived('HTTP_GET', 0.5), runs: 3, quickRuns: 1 },
    tables: { measure: measureTables, runs: 3, quickRuns: 1 },
    'tables-rt': { measure: measureTablesInRealTime, runs: 3, quickRuns: 1 },
    'server-death': { measure: measureServerDeath, runs: 2, quickRuns: 1 },
    'table-adverts': { measure: measureTableAdverts, runs: 3, quickRuns: 1 },
    'nat-rate': { measure: measureNatRate, runs: 6, quickRuns: 2 },
    'http-checks': { measure: measureChecks({ kind: 'HTTP_GET', checkers: 1000 }), runs: 3, quickRuns: 1 },
  },
  bfd: {
    'detection-10ms': { measure: measureDetection(10), runs: 50, quickRuns: 3 },
    'detection-50ms': { measure: measureDetection(50), runs: 50, quickRuns: 3 },
    cost: { measure: measureBfdCost, runs: 3, quickRuns: 1 },
    takeover: { measure: measureFastTakeover, runs: 20, quickRuns: 2 },
    losses: { measure: measureFalseDowns, runs: 10, quickRuns: 1 },
  },
  config: {
    test: { measure: measureConfiguration, runs: 5, quickRuns: 1 },
  },
};
