/**
 * What a data plane's refusal of one operation means, as a sentence with place and remedy. The symbol of the errno is
 * for the engine, the sentence for people. DESIGN rule 8; net/netfilter/ipvs in the kernel says which errno means what.
 */
import type { Failure } from '../../core/inputs.js';
import type { BalancerOperation } from '../../core/lvs/plan.js';
import { destinationKeyOf, serviceKeyOf } from '../../core/lvs/table.js';
import { errnoSymbol, errnoText } from '../linux/errno.js';
import type { NftRefusal } from '../linux/nft-transactions.js';

const VERBS = {
  'add-service': 'adding service',
  'edit-service': 'changing service',
  'delete-service': 'removing service',
  'add-destination': 'adding server',
  'edit-destination': 'changing server',
  'delete-destination': 'removing server',
  'set-timeouts': 'setting the timeouts',
  'start-daemon': 'starting the sync daemon',
  'stop-daemon': 'stopping the sync daemon',
  flush: 'removing everything',
} as const;

/** `adding server 10.0.0.1:80 to tcp 192.0.2.1:80`. */
export function shownOperation(operation: BalancerOperation): string {
  const verb = VERBS[operation.operation];
  if ('service' in operation) return `${verb} ${serviceKeyOf(operation.service.identity)}`;
  if ('destination' in operation)
    return `${verb} ${destinationKeyOf(operation.destination)} of ${serviceKeyOf(operation.identity)}`;
  if ('identity' in operation) return `${verb} ${serviceKeyOf(operation.identity)}`;
  if ('daemon' in operation) return `${verb} (${operation.daemon.state})`;
  return verb;
}

/** `errno` is positive. */
export function refusalOf(operation: BalancerOperation, errno: number): Failure {
  const code = errnoSymbol(errno);
  return { code, message: `${shownOperation(operation)}: ${meaning(operation, code) ?? errnoText(errno)}` };
}

function meaning(operation: BalancerOperation, code: string): string | undefined {
  const service = 'service' in operation ? operation.service : undefined;
  switch (code) {
    case 'ENOENT':
      if (service)
        return service.engine === undefined
          ? `this kernel has no scheduler "${service.scheduler}"; modprobe ip_vs_${service.scheduler}, or write another lvs_sched`
          : `this kernel has no scheduler "${service.scheduler}" or no persistence engine "${service.engine}"; ` +
              `modprobe ip_vs_${service.scheduler} and ip_vs_pe_${service.engine}`;
      return 'destination' in operation ? 'the service has no such server' : undefined;
    case 'ESRCH':
      return operation.operation === 'stop-daemon' ? 'it does not run' : 'there is no such service';
    case 'EEXIST':
      return operation.operation === 'start-daemon' ? 'it runs already' : 'it exists already';
    case 'EINVAL':
      if (operation.operation === 'start-daemon')
        return 'refused as invalid; a kernel that has servers of another family than their service synchronises none';
      if ('destination' in operation)
        return (
          'refused as invalid; beside a running sync daemon no server may be of another family than its service, ' +
          'and only a tunnel leads to one'
        );
      return 'refused as invalid; the address must be one host, and a service without port needs persistence';
    case 'ERANGE':
      return 'destination' in operation ? 'out of range; lthreshold must not be above uthreshold' : undefined;
    case 'ENOSPC':
    case 'ENOMEM':
      return 'the kernel has no room left for it; free memory, or configure fewer services';
    case 'EPERM':
      return 'not permitted; run as root, or with CAP_NET_ADMIN in the network namespace';
    case 'ENODEV':
      return operation.operation === 'start-daemon'
        ? `there is no interface ${operation.daemon.interface}`
        : undefined;
    default:
      return undefined;
  }
}

/** What nf_tables' refusal of a transaction means. */
export function nftRefusalOf({ errno, text, step }: NftRefusal): Failure {
  const code = errnoSymbol(errno);
  const isGone =
    code === 'ENOENT' && step !== undefined && !(step.verb === 'add' && step.object.kind === 'rule');
  const at = step ? ` at ${step.verb} ${step.object.kind}` : '';
  const said = text === undefined ? '' : ` (the kernel says: ${text})`;
  const remedy = isGone ? 'somebody else removed what stood there; it is put right' : nftRemedy(code);
  return { code, message: `nftables: ${errnoText(errno)}${at}${said}; ${remedy}` };
}

/** The same where not even a question could be asked. */
export const nftFailureOf = (failure: Failure): Failure =>
  failure.code === 'EPROTONOSUPPORT'
    ? { ...failure, message: `${failure.message}; ${nftRemedy(failure.code)}` }
    : failure;

export const LOAD_NFTABLES = 'modprobe -a nf_tables nft_chain_nat nft_nat nft_numgen nft_hash nft_ct';

function nftRemedy(code: string): string {
  switch (code) {
    case 'EPERM':
    case 'EACCES':
      return 'unless that is so, another program keeps a table of this name for itself (flags owner)';
    case 'ENOSPC':
    case 'ENOMEM':
    case 'ENFILE':
    case 'ENOBUFS':
      return 'the kernel has no room left for it; free memory, or configure fewer services';
    case 'EEXIST':
      return 'somebody else made one of that name; it is put right at the next look';
    default:
      return `${LOAD_NFTABLES}, or set balancer ipvs in global_defs`;
  }
}
