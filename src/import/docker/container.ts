/** One inspected container: what the engine says about its networks, and everything else noted as ignored. */
import { badShape, leftOutObject, networkSysctl, notSaid } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Name } from '../../syntax/tree.ts';
import { readDnsValues } from '../engine/dns-values.ts';
import { noTarget } from '../engine/publication.ts';
import { readDomainName } from '../reading/domain-name.ts';
import { type Fields, fieldsOf } from '../reading/fields.ts';
import type { MappingEntry, MappingNode } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import { isIdName, readEndpoint, readEndpoints } from './endpoint.ts';
import type { InspectedContainer, InspectedEndpoint, InspectedMode } from './inspected.ts';
import { configIrrelevant, containerIrrelevant, hostConfigIrrelevant, networkSettingsRepeated } from './known-keys.ts';
import { readLinks } from './links.ts';
import { readBindings, readExposedPorts } from './ports.ts';
import { fieldsIn, finishFields, type Reading } from './reading.ts';
import { readEntries, readOptionalText, readSwitch, readTexts, saysNothing } from './values.ts';

const notBound = 'it was asked for, and the engine has not bound it';

/** The parts of a container that say something about networks. */
interface Parts {
  readonly host: Fields;
  readonly config: Fields;
  readonly settings: Fields;
}

/** Reads one container; undefined (and reported) when it has no name or does not run. */
export function readContainer(reading: Reading, node: MappingNode): InspectedContainer | undefined {
  const fields = fieldsOf(node);
  const name = readContainerName(reading, node, fields);
  const id = readOptionalText(reading, fields.take('Id'))?.value ?? '';
  if (name === undefined) return undefined;
  const state = readState(reading, fields.take('State'), name);
  if (state === 'stopped') return undefined;
  const parts: Parts = {
    host: fieldsIn(reading, fields.take('HostConfig')),
    config: fieldsIn(reading, fields.take('Config')),
    settings: fieldsIn(reading, fields.take('NetworkSettings')),
  };
  const mode = readMode(reading, parts, name);
  if (mode === undefined) return undefined;
  const container = readNetworks(reading, parts, { name, id, mode, isSettled: state === 'running' });
  reportUnsaid(reading, parts);
  finishParts(reading, fields, parts);
  return container;
}

/** The engine writes a slash in front of the name. */
function readContainerName(reading: Reading, node: MappingNode, fields: Fields): Name | undefined {
  const text = readOptionalText(reading, fields.take('Name'));
  const name = text?.value.replace(/^\//, '') ?? '';
  if (text !== undefined && name !== '') return { text: name, span: text.span };
  const { file, start } = node.span;
  reading.add(report(badShape, { file, start, end: start + 1 }, 'This container has no `Name`.'));
  return undefined;
}

const stoppedWords = new Set(['exited', 'created', 'dead', 'removing', 'configured', 'initialized', 'stopped']);

/** `starting`: it has been started and its addresses and ports may not be there yet. */
function readState(reading: Reading, entry: MappingEntry | undefined, name: Name): 'running' | 'starting' | 'stopped' {
  const fields = fieldsIn(reading, entry);
  const status = readOptionalText(reading, fields.take('Status'));
  const running = readSwitch(reading, fields.take('Running'));
  const stopped = status === undefined ? running?.value === false : stoppedWords.has(status.value);
  if (!stopped) return status?.value === 'restarting' || status?.value === 'stopping' ? 'starting' : 'running';
  reading.add(
    report(
      leftOutObject,
      status?.span ?? running?.span ?? name.span,
      `The container \`${shorten(name.text)}\` does not run, so it is not in the policy.`,
      { help: 'Start it and inspect it again: a container has its addresses and ports while it runs.' },
    ),
  );
  return 'stopped';
}

/** How the container meets the network; undefined (and reported) when its network is a program of the host. */
function readMode(reading: Reading, { host, config, settings }: Parts, name: Name): InspectedMode | undefined {
  const mode = readOptionalText(reading, host.take('NetworkMode'));
  const disabled = readSwitch(reading, config.take('NetworkDisabled'));
  if (disabled?.value === true) return { kind: 'none', span: disabled.span };
  if (mode === undefined) return { kind: 'networks', span: settings.mapping.span };
  const { value, span } = mode;
  if (value === 'host' || value === 'none') return { kind: value, span };
  const target = /^container:(.*)$/s.exec(value)?.[1];
  if (target !== undefined) return { kind: 'container', target: { text: target, span }, span };
  if (!/^(slirp4netns|pasta|private|ns)(:|$)/.test(value)) return { kind: 'networks', span };
  reading.add(
    report(
      leftOutObject,
      span,
      `The network of \`${shorten(name.text)}\` is made by a program of the host (\`${shorten(value)}\`), so the container is not in the policy.`,
      {
        help: 'No rule of the host sees such a container: what it sends, and the ports it publishes, are those of the host.',
      },
    ),
  );
  return undefined;
}

function readNetworks(
  reading: Reading,
  { host, config, settings }: Parts,
  {
    name,
    id,
    mode,
    isSettled,
  }: { readonly name: Name; readonly id: string; readonly mode: InspectedMode; readonly isSettled: boolean },
): InspectedContainer {
  const networks = settings.take('Networks');
  const { endpoints, links } = readEndpoints(reading, networks, id);
  const bound = settings.take('Ports');
  const requested = host.take('PortBindings');
  const exposed = [config.take('ExposedPorts'), bound, requested].flatMap((entry) => readExposedPorts(reading, entry));
  // The ports are what the engine has bound, so that all were to be published says nothing more.
  host.take('PublishAllPorts');
  config.take('MacAddress');
  return {
    name,
    id,
    mode,
    endpoints: [...endpoints, ...olderEndpoint(reading, settings, mode, networks, id)],
    hostname:
      mode.kind === 'networks' || mode.kind === 'none'
        ? readHostname(reading, config, id)
        : ignoreHostname(reading, config),
    exposed,
    bindings: readBindings(reading, bound, requested, isSettled, mode.kind === 'host' ? noTarget.host : notBound),
    links: [...readLinks(reading, host.take('Links')), ...links],
    dns: readDnsValues(
      reading,
      readTexts(reading, host.take('Dns')),
      readTexts(reading, host.take('DnsSearch')),
      readTexts(reading, host.take('DnsOptions')),
    ),
    span: name.span,
  };
}

/** Engines before `Networks` wrote the one network of a container into `NetworkSettings` itself. */
function olderEndpoint(
  reading: Reading,
  settings: Fields,
  mode: InspectedMode,
  networks: MappingEntry | undefined,
  id: string,
): readonly InspectedEndpoint[] {
  if (mode.kind !== 'networks' || (networks !== undefined && !saysNothing(networks.value))) return [];
  const address = settings.take('IPAddress') ?? settings.take('GlobalIPv6Address');
  if (address === undefined || saysNothing(address.value)) return [];
  return [readEndpoint(reading, { text: 'bridge', span: address.key.span }, settings, id)];
}

/** The hostname where somebody chose it; the engine's own choice is the beginning of the id. */
function readHostname(reading: Reading, config: Fields, id: string): Name | undefined {
  const text = readOptionalText(reading, config.take('Hostname'));
  return text === undefined || isIdName(text.value, id) ? undefined : readDomainName(reading, text, 'host name');
}

/** In the network of the host, or of another container, the hostname is theirs. */
function ignoreHostname(reading: Reading, config: Fields): undefined {
  const entry = config.take('Hostname');
  if (entry !== undefined && !saysNothing(entry.value)) reading.ignore('container', 'Config.Hostname', entry.key.span);
}

function reportUnsaid(reading: Reading, { host, config }: Parts): void {
  const unsaid: readonly [MappingEntry | undefined, string][] = [
    [
      host.take('ExtraHosts'),
      'Extra lines of the hosts file are not part of a policy; give the container an `alias`, or keep them with the container.',
    ],
    [host.take('HostsFile'), 'The hosts file of a container is made from the policy (`ctfw hosts`).'],
    [
      config.take('Domainname'),
      'A policy names the host of a container, not its domain; write the full name as `hostname`.',
    ],
  ];
  for (const [entry, help] of unsaid)
    if (entry !== undefined && !saysNothing(entry.value))
      reading.add(
        report(notSaid, entry.key.span, `\`${entry.key.text}\` has no word in a policy, so it was not imported.`, {
          help,
        }),
      );
  const settings = readEntries(reading, host.take('Sysctls')).map(({ key }) => key);
  const [first, ...others] = settings.filter(({ text }) => text.startsWith('net.'));
  if (first !== undefined)
    reading.add(
      report(
        networkSysctl,
        first.span,
        `The network settings inside the container are not part of a policy: ${[first, ...others]
          .slice(0, 5)
          .map(({ text }) => shorten(text))
          .join(', ')}${others.length > 4 ? ', ...' : ''}.`,
        {
          help: 'A container that forwards for others sends from addresses that are not its own; its network then needs `spoofing allowed`.',
        },
      ),
    );
}

function finishParts(reading: Reading, fields: Fields, { host, config, settings }: Parts): void {
  const scope = 'container';
  finishFields(reading, fields, { scope, prefix: '', irrelevant: containerIrrelevant, what: 'a container' });
  finishFields(reading, host, {
    scope,
    prefix: 'HostConfig.',
    irrelevant: hostConfigIrrelevant,
    what: '`HostConfig`',
  });
  finishFields(reading, config, { scope, prefix: 'Config.', irrelevant: configIrrelevant, what: '`Config`' });
  finishFields(reading, settings, {
    scope,
    prefix: 'NetworkSettings.',
    irrelevant: new Set(),
    repeated: networkSettingsRepeated,
    what: '`NetworkSettings`',
  });
}
