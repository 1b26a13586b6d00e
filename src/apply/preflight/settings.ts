/** Kernel settings that the policy needs: which are missing, how to set them, and what else that does. */
import {
  bridgedTrafficUnjudged,
  forwardingNeedsTransit,
  routerAdvertisements,
  settingNeeded,
} from '../../diagnostics/catalogue/apply.ts';
import type { GatheredHost } from '../../host/gather/gathered.ts';
import type { HostView } from '../../host-view/host-view.ts';
import { families } from '../../net/address.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { SysctlChange } from '../plan/plan.ts';
import { finding } from './finding.ts';
import type { Check } from './preflight.ts';

const forwarding = { ipv4: 'net.ipv4.ip_forward', ipv6: 'net.ipv6.conf.all.forwarding' } as const;
const bridged = { ipv4: 'net.bridge.bridge-nf-call-iptables', ipv6: 'net.bridge.bridge-nf-call-ip6tables' } as const;

/** The settings that have to change for the policy to mean what it says on this host. */
export function neededSettings(declared: HostView, meaning: Meaning, reading: GatheredHost): readonly SysctlChange[] {
  const { sysctls } = reading.view;
  const used = families.filter((family) => meaning.atlas.networks.some(({ subnets }) => subnets[family] !== undefined));
  const judged = families.filter((family) => [...meaning.guarded].some(({ subnets }) => subnets[family] !== undefined));
  const wanted: SysctlChange[] = [
    ...used
      .filter((family) => declared.sysctls[forwarding[family]] === '1')
      .map((family) => change(forwarding[family], sysctls, 'containers of networks are reached through it')),
    ...judged.map((family) => change(bridged[family], sysctls, 'traffic inside networks is judged through it')),
    ...Object.entries(declared.sysctls)
      .filter(([name, value]) => value === '1' && name.endsWith('.route_localnet'))
      .map(([name]) => change(name, sysctls, 'ports are published on the loopback address')),
  ];
  return wanted.filter(({ before, after }) => before !== after);
}

function change(name: string, sysctls: HostView['sysctls'], why: string): SysctlChange {
  return { name, before: sysctls[name], after: '1', why };
}

export const settings: Check = ({ sysctls, setSysctls, host, reading }) => {
  const bridgeNames: readonly string[] = Object.values(bridged);
  const needed = setSysctls
    ? []
    : sysctls
        .filter(({ name, before }) => !bridgeNames.includes(name) && before !== undefined)
        .map(({ name, after, why }) =>
          finding(settingNeeded, `${name} is not ${after}: ${why}`, {
            span: host.span,
            help: `run \`sysctl -w ${name}=${after}\`, or apply with --set-sysctls`,
          }),
        );
  const unjudged = sysctls
    .filter(({ name, before }) => bridgeNames.includes(name) && (before === undefined || !setSysctls))
    .map(({ name, before }) =>
      finding(bridgedTrafficUnjudged, `${name} is ${before ?? 'not there'}: guarded networks fail closed`, {
        span: host.span,
        help:
          before === undefined
            ? 'run `modprobe br_netfilter`'
            : `run \`sysctl -w ${name}=1\`, or apply with --set-sysctls`,
      }),
    );
  const turnsOn = sysctls.filter(({ name }) => name === forwarding.ipv4 || name === forwarding.ipv6);
  const transit =
    turnsOn.length > 0 && setSysctls && !host.transitWritten
      ? [
          finding(
            forwardingNeedsTransit,
            'forwarding would be turned on, and the policy does not say whether this host is a router',
            {
              span: host.span,
              help: 'write `transit off` (or `transit on`) into the host block',
            },
          ),
        ]
      : [];
  const advertised = turnsOn.some(({ name }) => name === forwarding.ipv6)
    ? reading.view.interfaces
        .filter(({ name }) => reading.view.sysctls[`net.ipv6.conf.${name}.accept_ra`] === '1' && name !== 'lo')
        .map(({ name }) =>
          finding(routerAdvertisements, `${name} will no longer take router advertisements`, {
            help: `run \`sysctl -w net.ipv6.conf.${name}.accept_ra=2\` if it needs them`,
          }),
        )
    : [];
  return [...needed, ...unjudged, ...transit, ...advertised];
};
