/** Whether the user gets in again: a new connection from where they are logged in, tried against all rules as they will be. */
import {
  operatorLockedOut,
  operatorThroughTunnel,
  operatorUnknown,
  othersLockedOut,
} from '../../diagnostics/catalogue/apply.ts';
import { formatFlow } from '../../expectations/evaluate.ts';
import { formatAddress, sameAddress } from '../../net/address.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Finding } from '../plan/plan.ts';
import { finding } from './finding.ts';
import { type FlowResult, flowSimulation } from './flow-simulation.ts';
import { loginFlows } from './login-flows.ts';
import type { Check, Operator, PreflightContext } from './preflight.ts';

type Known = Extract<Operator, { kind: 'known' }>;

export const operatorGetsIn: Check = (context) => {
  const { operator } = context;
  if (operator.kind === 'does-not-matter') return [];
  if (operator.kind === 'unknown') return [unknown('nobody knows from where you are logged in')];
  const flows = loginFlows(context.view, operator);
  const [where] = flows;
  if (where === undefined) return [lockedOut('a new login', 'the host has no route to your address')];
  const inside = whyInside(context, operator, where);
  if (inside !== undefined) return [inside];
  const simulate = flowSimulation(context.view, context.together(), 'unknown');
  const doubts: Finding[] = [];
  for (const flow of flows) {
    const result = simulate(flow);
    if (result?.kind === 'passes' && arrivesHere(context, flow, result.destination)) continue;
    const refusal = lockedOut(formatFlow(flow), reasonOf(result));
    if (result?.kind !== 'unknown' || !isDoubtOfOthers(context, flow)) return [refusal];
    const help = 'see what the rules of others do about it, and let --confirm-timeout take the change back if need be';
    doubts.push({ ...refusal, message: refusal.message.replace('could not', 'might not'), severity: 'warning', help });
  }
  return [
    ...doubts.slice(0, 1),
    ...withoutListener(context, operator),
    ...throughTunnel(context, where),
    ...othersCutOff(context, operator, simulate),
  ];
};

function unknown(why: string, help = 'name your address with --operator ADDRESS, or say --allow-lockout'): Finding {
  return finding(operatorUnknown, `it cannot be tried whether you still get in: ${why}`, { help });
}

function lockedOut(what: string, why: string): Finding {
  return finding(operatorLockedOut, `you could not log in again: ${what}: ${why}`, {
    help: 'allow it in the policy, or apply with --allow-lockout and confirm from elsewhere in time',
  });
}

function reasonOf(result: FlowResult | undefined): string {
  if (result?.kind === 'unknown') return `it depends on what cannot be told: ${result.text}`;
  if (result?.kind !== 'stopped') return 'it would be sent elsewhere';
  const { place, reason } = result;
  return place === undefined ? reason : `chain ${place.family} ${place.table} ${place.chain} stops it`;
}

/** Ours let it pass, and what others do about it nobody can tell (a limit of new connections, say): they do so already. */
function isDoubtOfOthers(context: PreflightContext, flow: Flow): boolean {
  const ours = flowSimulation(context.view, [context.ruleset()], 'known')(flow);
  const others = flowSimulation(context.view, context.foreign, 'unknown')(flow);
  return ours?.kind === 'passes' && arrivesHere(context, flow, ours.destination) && others?.kind === 'unknown';
}

/** An address of this host or of a container on it is where a tunnel ends, not where the user is: the way there is not tried. */
function whyInside(context: PreflightContext, { address, local }: Known, { arrivesBy }: Flow): Finding | undefined {
  const text = formatAddress(address);
  if (arrivesBy === undefined) return unknown(`${text} is an address of this host itself, where a tunnel ends`);
  if (local === undefined || !leadsInside(context, arrivesBy)) return undefined; // named by the user: that is enough for them
  return unknown(
    `${text} is behind the bridge ${arrivesBy} of this host, and how you get there is not known`,
    `name the address that you come from with --operator ADDRESS, or ${text} where that is enough, or say --allow-lockout`,
  );
}

/** A bridge with nothing but containers on it, and not one that the policy names as a way to the outside. */
function leadsInside({ view, host, model }: PreflightContext, name: string): boolean {
  const outside =
    host.interfaces.some((one) => one.name === name) ||
    model.zones.some((zone) => zone.interface === name) ||
    model.networks.some(({ bridge, nic }) => bridge === name && nic !== undefined);
  const ports = view.interfaces.filter(({ bridgePort }) => bridgePort?.bridge === name);
  return !outside && ports.length > 0 && ports.every(({ kind }) => kind === 'veth');
}

/** What passes to a port that nobody listens on is no login. A port that was found out has somebody. */
function withoutListener({ reading }: PreflightContext, { port, local }: Known): readonly Finding[] {
  const { listeners } = reading;
  const isThere = listeners?.some((one) => one.protocol === 'tcp' && one.port === port) ?? true;
  if (local !== undefined || isThere) return [];
  const help = 'name the port that you log in to with --operator-port PORT';
  return [{ ...unknown(`nobody listens on port ${port}/tcp of this host`, help), severity: 'warning' }];
}

/** Others who are logged in are told of, not asked: as many as one can read. */
function othersCutOff(
  context: PreflightContext,
  { others = [], port }: Known,
  simulate: ReturnType<typeof flowSimulation>,
): readonly Finding[] {
  const cutOff = others.slice(0, mostOthers).filter(({ address, local }) =>
    loginFlows(context.view, { kind: 'known', address, local, port }).some((flow) => {
      const result = simulate(flow);
      return result?.kind !== 'passes' || !arrivesHere(context, flow, result.destination);
    }),
  );
  if (cutOff.length === 0) return [];
  const who = cutOff.map(({ address }) => formatAddress(address)).join(', ');
  const message = `others are logged in to port ${port} from where they could not log in again: ${who}`;
  return [finding(othersLockedOut, message, { help: 'allow it in the policy, or see that they are done' })];
}

const mostOthers = 20;

/** Interfaces without a link layer are tunnels, whose own packets come in elsewhere. */
function throughTunnel({ view }: PreflightContext, { arrivesBy }: Flow): readonly Finding[] {
  const held = view.interfaces.find(({ name }) => name === arrivesBy);
  if (held === undefined || !(held.kind === 'vxlan' || (held.kind === 'other' && held.mac === undefined))) return [];
  return [
    finding(
      operatorThroughTunnel,
      `you come in by ${held.name}, a tunnel: whether its own packets still pass is not tried`,
      {
        help: 'see that the policy allows them, and let --confirm-timeout take the change back if it does not',
      },
    ),
  ];
}

/** Not translated away to a container. */
function arrivesHere({ view }: PreflightContext, flow: Flow, destination: string): boolean {
  const [value = ''] = destination.split(' ');
  const own = view.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  return own.some((address) => sameAddress(address, { family: flow.destination.family, value: BigInt(value) }));
}
