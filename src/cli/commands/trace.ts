/** `ctfw trace FILE SRC DST [PROTO/PORT]`: one packet through the rules, and the policy line that decided. */
import { type Command, Option } from 'commander';
import { formatFlow } from '../../expectations/evaluate.ts';
import { containerAt } from '../../expectations/simulated/places.ts';
import { SimulatedHost } from '../../expectations/simulated/simulated-host.ts';
import { SimulatedNetwork } from '../../expectations/simulated/simulated-network.ts';
import { universeOf, unnamedInterface } from '../../expectations/universe.ts';
import { addressKey, formatAddress } from '../../net/address.ts';
import { parsePort } from '../../net/port.ts';
import type { Flow } from '../../policy/flow.ts';
import { wantsColor } from '../io/diagnostics.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import { chooseEnds, type Ends, parseEnd } from '../trace/ends.ts';
import { chooseEndsAcross, hostOf } from '../trace/ends-across.ts';
import { chooseEndsOfView, existing } from '../trace/ends-of-view.ts';
import { type PrintOptions, printTrace } from '../trace/print-trace.ts';
import { askAbout, isPolicyFile, type Question, type QuestionOptions } from '../trace/question.ts';
import { ruleTextsOf, ruleTextsOfHosts } from '../trace/rule-texts.ts';
import { packetKind } from '../trace/service.ts';
import { enteredBy, traceAcross } from '../trace/trace-across.ts';
import { traceToJson } from '../trace/trace-json.ts';
import { judgedOn, type Traced, type TraceRequest, traceFlow } from '../trace/tracing.ts';

interface TraceOptions extends QuestionOptions {
  readonly fromInterface?: string;
  readonly sourcePort?: string;
  readonly ipv6?: boolean;
  readonly reply?: boolean;
  readonly state: 'new' | 'established';
  readonly verbose?: boolean;
  readonly json?: boolean;
}

export function addTrace(program: Command, outcome: Outcome): void {
  program
    .command('trace')
    .description('send one packet through the rules: every step, the verdict, and the policy line that decided')
    .argument('[file]', 'the policy; - is standard input; may be left out with --host-view and --rules')
    .argument('[source]', 'a name of the policy, an address, NAME:ADDRESS, or "ADDRESS on INTERFACE"')
    .argument('[destination]', 'a name of the policy, or an address')
    .argument('[service]', 'tcp/443, 53/udp, icmp, gre, ... (default: a ping)')
    .option('-t, --target <target>', 'the rules of this target', 'nft')
    .option('--rules <files...>', 'rules found on a host instead: nft JSON, iptables-save, ebtables-save')
    .option('--host-view <file>', 'the host as `ctfw snapshot` saw it, instead of as the policy says')
    .option('--host <name>', 'the host of the policy')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--from-interface <name>', 'the interface that the packet arrives by')
    .option('--source-port <port>', 'the source port (default: 40000)')
    .option('-6, --ipv6', 'with IPv6 addresses, where names have both')
    .addOption(
      new Option('--state <state>', 'established: also show a later packet of the same connection')
        .choices(['new', 'established'])
        .default('new'),
    )
    .option('--reply', 'also show the way of the reply')
    .option('-v, --verbose', 'every rule that was met, and why it did not match')
    .option('--json', 'everything, as JSON')
    .action((...given: readonly unknown[]) => {
      const words = given.slice(0, 4).filter((word): word is string => typeof word === 'string');
      const options = given[4] as TraceOptions;
      trace(words, options, outcome);
    });
}

function trace(words: readonly string[], options: TraceOptions, outcome: Outcome): void {
  const { file, from, to, service } = readWords(words, options);
  const sourcePort = parseSourcePort(options.sourcePort);
  const question = askAbout(file, options);
  if (question === undefined) {
    outcome.code = exitCode.refused;
    return;
  }
  const asked = question.across === undefined ? onHost : acrossHosts;
  const { traced, host, title, shown } = asked(question, { from, to, service, sourcePort }, options);
  if (options.json === true)
    writeOut(
      `${JSON.stringify(traceToJson(traced, { host, rules: question.source, texts: shown.texts }), undefined, 2)}\n`,
    );
  else
    writeOut(
      printTrace(traced, {
        ...shown,
        verbose: options.verbose === true,
        title,
        color: wantsColor(process.stdout),
        files: question.files,
      }),
    );
  if (traced.judgement?.problem !== undefined) outcome.code = exitCode.refused;
}

/** What was said of the packet. */
interface Said {
  readonly from: string;
  readonly to: string;
  readonly service: string | undefined;
  readonly sourcePort: number | undefined;
}

interface Answer {
  readonly traced: Traced;
  /** The host that sees the packet first. */
  readonly host: string;
  readonly title: string;
  readonly shown: Pick<PrintOptions, 'texts' | 'nameOf' | 'namesHosts'>;
}

function requestOf(options: TraceOptions): TraceRequest {
  return { reply: options.reply === true, later: options.state === 'established' };
}

function onHost(question: Question, said: Said, options: TraceOptions): Answer {
  const { places, rulesets, meaning } = question;
  const ends = endsOf(question, said.from, said.to, options);
  const flow = flowOf(ends, said);
  const host = new SimulatedHost(places, rulesets, options.rules === undefined ? 'known' : 'unknown');
  const entrance = enteredBy(host.entranceOf(flow), flow);
  const traced = traceFlow(
    {
      first: (how) => host.first(flow, entrance, how),
      send: (packet, by) => host.send(packet, by, { trace: true }),
      entrance,
      host: places.view.name,
    },
    flow,
    meaning && judgedOn(meaning, flow),
    requestOf(options),
  );
  return {
    traced,
    host: places.view.name,
    title: titleOf(places.view.name, flow, said.from, said.to),
    shown: { texts: ruleTextsOf(rulesets), nameOf: containerAt(places) },
  };
}

/** On its whole way, through the rules of every host that it comes to. */
function acrossHosts(question: Question, said: Said, options: TraceOptions): Answer {
  const { across } = question;
  if (across === undefined) throw new RangeError('the policy has one host');
  const { itinerary, members } = across;
  const words = { from: parseEnd(said.from), to: parseEnd(said.to) };
  const address = words.from.address ?? words.to.address;
  const wanted = options.ipv6 === true ? 'ipv6' : address?.family;
  const from = options.fromInterface === undefined ? words.from : { ...words.from, interface: options.fromInterface };
  const pair = chooseEndsAcross(itinerary, from, words.to, wanted, across.host);
  const flow = flowOf({ sender: pair.sender, destination: pair.target.address }, said);
  const network = new SimulatedNetwork(itinerary.policy, members);
  const host = hostOf(pair.place) ?? '';
  const traced = traceAcross(itinerary, network, pair, flow, requestOf(options));
  const several = members.length > 1;
  return {
    traced,
    host,
    title: `${titleOf(host, flow, said.from, said.to)}${several && flow.arrivesBy !== undefined ? `, from host ${host}` : ''}`,
    shown: {
      texts: ruleTextsOfHosts(new Map(members.map(({ station, rulesets }) => [station.host.name, rulesets]))),
      nameOf: network.containerAt,
      namesHosts: several,
    },
  };
}

function flowOf({ sender, destination }: Ends, { service, sourcePort }: Said): Flow {
  const { address: source, arrivesBy } = sender;
  return { arrivesBy, source, destination, ...packetKind(service, destination.family, sourcePort) };
}

interface Words {
  readonly file: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly service: string | undefined;
}

/** The policy comes first; with a host view it may be left out. Throws CommandError. */
function readWords(words: readonly string[], { hostView, rules }: TraceOptions): Words {
  const [first = ''] = words;
  const hasPolicy = hostView === undefined || isPolicyFile(first);
  const [from, to, service, tooMany] = hasPolicy ? words.slice(1) : words;
  const swallowed = rules === undefined ? '' : ' (--rules takes every word behind it: put it last)';
  if (from === undefined || to === undefined)
    throw new CommandError(
      `trace takes ${hasPolicy ? 'a policy, a source and a destination' : 'a source and a destination'}: ctfw trace FILE SRC DST [PROTO/PORT]${swallowed}`,
    );
  if (tooMany !== undefined) throw new CommandError(`"${tooMany}" is one word too many`);
  if (hasPolicy && !isPolicyFile(first))
    throw new CommandError(`cannot read ${first}: there is no such file (the policy comes first)`);
  return { file: hasPolicy ? first : undefined, from, to, service };
}

/** `internet (198.51.100.1 on wan0) -> web (172.17.0.2) tcp/80`: names as they were given, and what they became. */
function titleOf(itself: string, flow: Flow, from: string, to: string): string {
  const [left = '', right = ''] = formatFlow(flow).split(' -> ');
  const [address = '', ...service] = right.split(' ');
  const isName = (word: string): boolean => /^[^\s:@/]+$/.test(word) && parseEnd(word).name !== undefined;
  const host = flow.arrivesBy === undefined ? formatAddress(flow.source) : left;
  const source = isName(from)
    ? `${from} (${host})`
    : flow.arrivesBy === undefined
      ? `${host} (${itself} itself)`
      : left;
  return `${source} -> ${isName(to) ? `${to} (${address})` : address} ${service.join(' ')}`;
}

function endsOf({ meaning, places }: Question, from: string, to: string, options: TraceOptions): Ends {
  const on = options.fromInterface;
  const words = { from: parseEnd(from), to: parseEnd(to) };
  const source = on === undefined ? words.from : { ...words.from, interface: existing(places.view, on) };
  if (meaning === undefined) return chooseEndsOfView(places.view, source, words.to);
  const address = words.from.address ?? words.to.address;
  const wanted = options.ipv6 === true ? 'ipv6' : address?.family;
  const ends = chooseEnds(universeOf(meaning.atlas), source, words.to, wanted);
  if (addressKey(ends.sender.address) === addressKey(ends.destination))
    throw new CommandError('source and destination are the same address', exitCode.refused);
  const isUnnamed = ends.sender.arrivesBy === unnamedInterface && places.impliedOutside === undefined;
  if (isUnnamed)
    throw new CommandError('the policy names no outside interface: say which with --from-interface', exitCode.refused);
  return ends;
}

function parseSourcePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = parsePort(text);
  if (port === undefined) throw new CommandError(`"${text}" is no port: ports are 1 to 65535`);
  return port;
}
