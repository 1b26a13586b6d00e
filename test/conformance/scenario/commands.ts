/** The few shell commands of scenarios that shape a host's network, understood instead of run; others do not apply to a simulator. */
import { parseAddress } from '../../../src/net/address.ts';
import { parseMac } from '../../../src/net/mac.ts';
import { type Machine, option } from './machine.ts';

/** What a command asks of the simulation beside changing the machine. */
export type CommandEffect =
  | { readonly kind: 'done' }
  | { readonly kind: 'sleep'; readonly milliseconds: number }
  | { readonly kind: 'flush-neighbours'; readonly family: 'ipv4' | 'ipv6' }
  | { readonly kind: 'flush-rules' }
  | { readonly kind: 'delete-table'; readonly family: string; readonly table: string }
  /** Commands of nft that change what is loaded. */
  | { readonly kind: 'change-rules'; readonly text: string }
  | { readonly kind: 'load-rules'; readonly type: string; readonly text: string };

const done: CommandEffect = { kind: 'done' };

/** Understands a script; undefined when any part of it is not understood. Nothing is changed before `apply` is called. */
export function understand(script: string, machine: Machine): (() => CommandEffect)[] | undefined {
  const heredoc = /^nft -f - ?<<'?(\w+)'?\n([\s\S]*)\n\1\s*$/.exec(script);
  if (heredoc !== null) return [() => ({ kind: 'load-rules', type: 'nft', text: heredoc[2] ?? '' })];
  const steps: (() => CommandEffect)[] = [];
  for (const command of expandLoops(script).split(/[;\n]|&&/)) {
    const words = command
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length === 0) continue;
    const step = understandOne(words, machine);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps;
}

/** `for a in X Y; do ... $a ...; done` written out. */
function expandLoops(script: string): string {
  return script.replace(/for (\w+) in ([^;]*); do ([\s\S]*?); done/g, (_, name: string, values: string, body: string) =>
    values
      .trim()
      .split(/\s+/)
      .map((value) => body.split(`$${name}`).join(value))
      .join(';'),
  );
}

function understandOne(words: readonly string[], machine: Machine): (() => CommandEffect) | undefined {
  const [program, ...rest] = words;
  switch (program) {
    case 'sleep':
      return () => ({ kind: 'sleep', milliseconds: Number(rest[0]) * 1000 });
    case 'ip':
      return understandIp(rest, machine);
    case 'nft':
      return understandNft(rest);
    case 'bridge': {
      const name = option(rest, 'dev') ?? '';
      const isolated = option(rest, 'isolated');
      const hairpin = option(rest, 'hairpin');
      if (rest[0] !== 'link' || rest[1] !== 'set' || (isolated ?? hairpin) === undefined) return undefined;
      return () => {
        const port = machine.interface(name).bridgePort;
        if (port !== undefined && isolated !== undefined) port.isolated = isolated === 'on';
        if (port !== undefined && hairpin !== undefined) port.hairpin = hairpin === 'on';
        return done;
      };
    }
    case 'iptables-legacy':
    case 'ip6tables-legacy':
    case 'iptables-nft':
    case 'ip6tables-nft':
      return understandIptables(program, rest);
    default:
      return undefined;
  }
}

function understandNft(words: readonly string[]): (() => CommandEffect) | undefined {
  const text = words.join(' ');
  if (text === 'flush ruleset') return () => ({ kind: 'flush-rules' });
  const deleted = /^delete table (\w+) (\S+)$/.exec(text);
  if (deleted !== null) return () => ({ kind: 'delete-table', family: deleted[1] ?? '', table: deleted[2] ?? '' });
  if (!/^(?:add|insert|delete|flush|destroy|create) /.test(text)) return undefined;
  return () => ({ kind: 'change-rules', text: text.replace(/'/g, '').replace(/\\([;{}"])/g, '$1') });
}

/** `iptables -t TABLE -A CHAIN ...` as a restore file of one line. */
function understandIptables(program: string, words: readonly string[]): (() => CommandEffect) | undefined {
  if (!words.includes('-A')) return undefined;
  const table = option(words, '-t') ?? 'filter';
  const place = words.indexOf('-t');
  const rule = words.filter((_, index) => place < 0 || (index !== place && index !== place + 1)).join(' ');
  return () => ({ kind: 'load-rules', type: program, text: `*${table}\n${rule}\nCOMMIT\n` });
}

function understandIp(given: readonly string[], machine: Machine): (() => CommandEffect) | undefined {
  const wantsIpv6 = given[0] === '-6';
  const [object = '', verb = '', ...words] = wantsIpv6 || given[0] === '-4' ? given.slice(1) : given;
  const change = (action: () => void): (() => CommandEffect) => {
    return () => {
      action();
      return done;
    };
  };
  switch (`${object} ${verb}`) {
    case 'addr add':
    case 'addr change':
    case 'addr replace':
      return change(() => machine.addAddress(words));
    case 'addr del':
      return change(() => machine.deleteAddress(words));
    case 'addr flush':
      return change(() => machine.flushAddresses(words));
    case 'route add':
    case 'route replace':
    case 'route del':
      return change(() => machine.changeRoute(verb, words, wantsIpv6));
    case 'rule add':
      return change(() => machine.addRule(words));
    case 'neigh flush':
      return () => ({ kind: 'flush-neighbours', family: wantsIpv6 ? 'ipv6' : 'ipv4' });
    case 'neigh add':
    case 'neigh replace':
      return understandNeighbour(words, machine);
    case 'link set':
      return understandLink(words, machine);
    default:
      return undefined;
  }
}

function understandNeighbour(words: readonly string[], machine: Machine): (() => CommandEffect) | undefined {
  const address = parseAddress(words[0] ?? '');
  const mac = parseMac(option(words, 'lladdr') ?? '');
  if (address === undefined || mac === undefined) return undefined;
  return () => {
    machine.neighbours.push({ address, mac, interface: option(words, 'dev') ?? '' });
    return done;
  };
}

function understandLink(words: readonly string[], machine: Machine): (() => CommandEffect) | undefined {
  const named = words[0] === 'dev' ? words.slice(1) : words;
  const [name = '', ...settings] = named;
  const mtu = option(settings, 'mtu');
  const up = settings.includes('up') ? true : settings.includes('down') ? false : undefined;
  if (mtu === undefined && up === undefined) return undefined;
  return () => {
    if (mtu !== undefined) machine.interface(name).mtu = Number(mtu);
    if (up !== undefined) machine.setLink(name, up);
    return done;
  };
}
