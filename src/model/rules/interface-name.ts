/** Interface names are ones that Linux accepts, that no rule language reads as a pattern, and that are held once. */
import { interfaceNameInvalid, interfaceNameTwice } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { Span } from '../../source/span.ts';
import type { HostContents } from '../host-contents.ts';
import type { Network } from '../model.ts';
import { tunnelInterface } from '../tunnel.ts';
import type { CheckContext } from './rule.ts';

interface Use {
  readonly name: string;
  readonly what: string;
  readonly span: Span;
  /** Uses of one name with equal keys are the same interface. */
  readonly key: string;
}

export function* checkInterfaceNames({ model, hosts }: CheckContext): Generator<Diagnostic> {
  const judged = new Set<string>();
  for (const contents of hosts) {
    const holders = new Map<string, Use>([
      ['lo', { name: 'lo', what: 'the loopback interface', span: contents.host.span, key: 'interface lo' }],
    ]);
    for (const use of usesOn(contents)) {
      yield* judge(use, judged);
      const first = holders.get(use.name);
      if (first === undefined) holders.set(use.name, use);
      else if (first.key !== use.key)
        yield report(interfaceNameTwice, use.span, `${use.what} is called \`${use.name}\`, like ${first.what}`, {
          related: first.name === 'lo' ? [] : [{ span: first.span, message: 'the name is used here' }],
          help: 'give it another name',
        });
    }
  }
  for (const zone of model.zones)
    if (zone.interface !== undefined)
      yield* judge(
        { name: zone.interface, what: `the interface of \`${zone.name}\``, span: zone.span, key: '' },
        judged,
      );
}

function usesOn({ host, networks, endpoints }: HostContents): Use[] {
  return [
    ...host.interfaces.map(({ name, span }, index) => ({
      name,
      what: 'an interface of the host',
      span,
      key: name === 'lo' ? 'interface lo' : `interface ${index}`,
    })),
    ...networks.flatMap(bridgeUse),
    ...networks.flatMap(tunnelUse),
    ...endpoints.flatMap(({ port, container, network, span }) =>
      port === undefined
        ? []
        : [
            {
              name: port,
              what: `the port of \`${container}\` on \`${network.name}\``,
              span,
              key: `port ${container} ${network.name}`,
            },
          ],
    ),
  ];
}

/** A switch carries several networks; a macvlan network has no interface of its own. */
function bridgeUse({ networkKind, bridge, name, span }: Network): Use[] {
  if (networkKind === 'macvlan') return [];
  if (networkKind === 'switch') return [{ name: bridge, what: `the switch of \`${name}\``, span, key: 'switch' }];
  return [{ name: bridge, what: `the bridge of \`${name}\``, span, key: `bridge ${name}` }];
}

/** An overlay's tunnel is called after its number, so two of one number would be one tunnel. */
function tunnelUse({ vxlan, hosts, name, span }: Network): Use[] {
  if (vxlan === undefined || hosts.length < 2) return [];
  return [{ name: tunnelInterface(vxlan), what: `the tunnel of \`${name}\``, span, key: `tunnel ${name}` }];
}

function* judge({ name, what, span }: Use, judged: Set<string>): Generator<Diagnostic> {
  const problem = interfaceNameProblem(name);
  if (problem === undefined || judged.has(name)) return;
  judged.add(name);
  const isDefault = name.startsWith('br-') && what.startsWith('the bridge');
  yield report(interfaceNameInvalid, span, `${what} cannot be called \`${name}\`: ${problem}`, {
    help: isDefault ? 'give the network a shorter bridge name: `bridge NAME`' : 'choose another name',
  });
}

/**
 * Why a name cannot be that of an interface: the kernel's rules (dev_valid_name: 1 to 15 bytes, no slash, colon or white
 * space; `all` and `default` are taken in /proc/sys/net), and what nft (`*`) and iptables (`+`) read as a pattern.
 */
export function interfaceNameProblem(name: string): string | undefined {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) return 'it is empty';
  if (bytes > 15) return `it has ${bytes} bytes, and an interface name has at most 15`;
  if (name === '.' || name === '..') return 'it is the name of a directory';
  if (name === 'all' || name === 'default') return 'the kernel uses this word for the settings of all interfaces';
  const wrong = /[\s/:*+"%]/.exec(name)?.[0];
  return wrong === undefined ? undefined : `\`${wrong}\` cannot stand in an interface name`;
}
