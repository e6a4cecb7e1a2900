/** Interfaces of its own that an engine on the bench asks for: how the kernel answers, and how a line shows it. */
import type { Effect } from '../../src/core/effects.js';
import type { Input } from '../../src/core/inputs.js';
import type { LinkFacts } from '../../src/core/net/facts.js';
import type { LinkOperation, LinkResult, WantedLink } from '../../src/core/net/virtual-link-facts.js';
import { link } from '../support/machine.js';
import type { Rig } from './rig.js';

/** A new link is told of before it is up, and once more then; the answer comes last. */
export function applyLinks(
  rig: Rig,
  effect: Extract<Effect, { kind: 'apply-links' }>,
  answers: Input[],
): void {
  const results = effect.operations.map((operation): LinkResult => {
    const name = 'link' in operation ? operation.link.name : operation.name;
    const refuse = (code: string): LinkResult => ({
      operation,
      error: { code, message: `making ${name}: no` },
    });
    const refused = rig.linkRefusals.get(name);
    if (refused !== undefined) return refuse(refused);
    const there = rig.links.get(name);
    if (operation.operation === 'delete') {
      if (there) rig.linkGoes(there, answers);
    } else if (operation.operation === 'create' || operation.operation === 'adopt') {
      const { parent } = operation.link;
      if (![...rig.links.values()].some(({ index }) => index === parent)) return refuse('ENODEV');
      const made = virtualLink(operation.link, there?.index ?? rig.nextIndex++);
      if (!there)
        answers.push({ kind: 'link', change: 'present', link: { ...made, up: false, running: false } });
      rig.links.set(name, made);
      answers.push({ kind: 'link', change: 'present', link: made });
    }
    return { operation };
  });
  answers.push({ kind: 'links-applied', request: effect.request, results });
}

const virtualLink = ({ name, identity, parent, alias, group }: WantedLink, index: number): LinkFacts =>
  link(index, name, {
    parent,
    kind: identity.kind,
    alias,
    ...(group === 0 ? {} : { group }),
    ...(identity.kind === 'macvlan'
      ? { mac: identity.mac, macvlanMode: 'private' }
      : { ipvlanMode: 'l2', ipvlanIsolation: identity.isolation }),
  });

export function describeLink(operation: LinkOperation): string {
  if (!('link' in operation)) return `${operation.operation} link ${operation.name}`;
  const { name, identity, parent, group } = operation.link;
  const what = identity.kind === 'macvlan' ? identity.mac : identity.isolation;
  return `${operation.operation} ${identity.kind} ${name} on ${parent} ${what}${group === 0 ? '' : ` group ${group}`}`;
}
