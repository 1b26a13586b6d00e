/** Reads the routing table: the type of an address, the interface that it is routed by, the way back. */
import type { FibExpression } from '../../../ruleset/expression.ts';
import { empty, everything, type SetId } from '../../sets/diagrams.ts';
import { addressTypeOf, addressTypes } from '../../space/routes.ts';
import type { AddressField, Space } from '../../space/space.ts';
import { linkLocal6 } from './kernel.ts';
import type { InterfaceReader } from './read-interfaces.ts';
import { type Reading, unknown } from './reading.ts';
import type { InterfaceSight, Sight } from './sight.ts';

export class FibReader {
  private readonly space: Space;
  private readonly sight: Sight;
  private readonly interfaces: InterfaceReader;

  constructor(space: Space, sight: Sight, interfaces: InterfaceReader) {
    this.space = space;
    this.sight = sight;
    this.interfaces = interfaces;
  }

  read({ flags, result }: FibExpression): Reading {
    const { sight } = this;
    const field = flags.includes('saddr') ? sight.source : sight.destination;
    if (result === 'type' && !flags.includes('iif') && !flags.includes('oif')) {
      const types = Object.entries(addressTypes).map(([kind, value]) => ({
        value,
        set: this.ofType(field, kind),
      }));
      return { kind: 'cases', key: `fib ${field} type`, has: everything, cases: types };
    }
    if (
      result === 'type' &&
      flags.includes('iif') &&
      (sight.input.kind === 'origin' || sight.input.kind === 'loopback')
    )
      return this.typeOnInterface(field, sight.input);
    if (result === 'oifname' && flags.length === 1) {
      const cases = this.interfaces
        .routed(field)
        .map(({ set, value }) => ({ set, value: value === 'lo' ? '' : value }));
      return { kind: 'cases', key: `fib ${field} out`, has: everything, cases };
    }
    if (result === 'oif' && flags.includes('iif') && flags.length === 2 && sight.input.kind === 'origin')
      return this.reversePath(field);
    return unknown(`fib ${flags.join(' . ')} ${result}`);
  }

  /** `fib daddr . iif type local`: an address of the incoming interface [139]. */
  private typeOnInterface(field: AddressField, input: InterfaceSight): Reading {
    const { space } = this;
    const { diagrams } = space;
    const names = this.interfaces.name(input, 'input');
    if (names.kind !== 'cases') return unknown('fib with an interface');
    const local = diagrams.uniteAll(
      names.cases.map(({ set, value }) => {
        const held = space.view.interfaces.find(({ name }) => name === value)?.addresses ?? [];
        return diagrams.intersect(set, diagrams.uniteAll(held.map(({ address }) => space.address(field, address))));
      }),
    );
    const nowhere = this.ofType(field, 'unreachable');
    return {
      kind: 'cases',
      key: `fib ${field} on ${input.kind}`,
      has: everything,
      cases: [
        { set: local, value: addressTypes.local },
        { set: diagrams.subtract(diagrams.complement(local), nowhere), value: addressTypes.unicast },
        { set: diagrams.subtract(nowhere, local), value: addressTypes.unreachable },
      ],
    };
  }

  /** Addresses of a type; a link-local one has a route on its link. */
  private ofType(field: AddressField, kind: string): SetId {
    const { space } = this;
    const { diagrams, family } = space;
    const set = space.routed(field, `type ${kind}`, (decision) => addressTypeOf(decision, family) === kind);
    if (family === 'ipv4' || (kind !== 'unicast' && kind !== 'unreachable')) return set;
    const onLink = diagrams.subtract(
      this.linkLocal(field),
      space.routed(field, 'local', ({ kind: way }) => way === 'local' || way === 'broadcast'),
    );
    return kind === 'unicast' ? diagrams.unite(set, onLink) : diagrams.subtract(set, onLink);
  }

  private linkLocal(field: AddressField): SetId {
    return this.space.family === 'ipv4' ? empty : this.space.prefix(field, linkLocal6);
  }

  /** `fib saddr . iif oif`: the index of the interface if the route back uses it, else 0 [139]. */
  private reversePath(field: AddressField): Reading {
    const { space } = this;
    const { diagrams } = space;
    const back = diagrams.uniteAll(
      this.interfaces.routed(field).map(({ set, value }) =>
        diagrams.intersect(
          set,
          space.originsWhere(({ input }) => input === value),
        ),
      ),
    );
    const known = diagrams.unite(back, this.linkLocal(field));
    return {
      kind: 'cases',
      key: `fib ${field} back`,
      has: everything,
      cases: [
        { set: known, value: 1 },
        { set: diagrams.complement(known), value: 0 },
      ],
    };
  }
}
