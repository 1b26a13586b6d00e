/** The options of the engine's network drivers (`driver_opts` of compose, `Options` of an inspected network) that a policy can say. */
import { badValue, notSaid, unprotectedGateway } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, type Family, parseAddress } from '../../net/address.ts';
import type { GatewayMode, Name, Written } from '../../syntax/tree.ts';
import type { ScalarNode } from '../reading/node.ts';
import type { Reading } from '../reading/reading.ts';
import { shorten } from '../reading/shorten.ts';

/** The options of one network as texts, whatever file they stand in. */
export interface OptionTexts {
  /** The value of an option, undefined when it is not written. */
  take(key: string): Written<string> | undefined;
  /** The keys that were not taken. */
  rest(): readonly ScalarNode[];
}

export interface DriverOptions {
  readonly bridge: Name | undefined;
  readonly nic: Name | undefined;
  readonly mtu: Written<number> | undefined;
  readonly icc: Written<boolean> | undefined;
  readonly masquerade: Written<boolean> | undefined;
  readonly gatewayModes: Readonly<Partial<Record<Family, Written<GatewayMode>>>>;
  readonly publishAddress: Written<Address> | undefined;
  readonly enableIpv6: Written<boolean> | undefined;
}

const bridgeOption = 'com.docker.network.bridge.';

/** Options that say nothing about who reaches whom. */
const irrelevant: ReadonlySet<string> = new Set([
  'com.docker.network.container_iface_prefix',
  `${bridgeOption}default_bridge`,
]);

/** Reads the options of a network; those that a policy cannot say are reported one by one. `where` names the mapping that they stand in. */
export function readDriverOptions(reading: Reading, texts: OptionTexts, where: string): DriverOptions {
  const options: DriverOptions = {
    bridge: readInterface(reading, nonEmpty(texts, `${bridgeOption}name`)),
    nic: readInterface(reading, nonEmpty(texts, 'parent')),
    mtu: readMtu(reading, nonEmpty(texts, 'com.docker.network.driver.mtu')),
    icc: readSwitchOption(reading, texts, `${bridgeOption}enable_icc`),
    masquerade: readSwitchOption(reading, texts, `${bridgeOption}enable_ip_masquerade`),
    gatewayModes: {
      ...mode(reading, 'ipv4', nonEmpty(texts, `${bridgeOption}gateway_mode_ipv4`)),
      ...mode(reading, 'ipv6', nonEmpty(texts, `${bridgeOption}gateway_mode_ipv6`)),
    },
    publishAddress: readBinding(reading, nonEmpty(texts, `${bridgeOption}host_binding_ipv4`)),
    enableIpv6: readSwitchOption(reading, texts, 'com.docker.network.enable_ipv6'),
  };
  const macvlanMode = nonEmpty(texts, 'macvlan_mode');
  if (macvlanMode !== undefined && macvlanMode.value !== 'bridge')
    reading.add(
      report(
        notSaid,
        macvlanMode.span,
        `The mode \`${shorten(macvlanMode.value)}\` of a macvlan network has no word in a policy.`,
      ),
    );
  for (const { text, span } of texts.rest()) {
    if (irrelevant.has(text)) reading.ignore('network', `${where}.${text}`, span);
    else
      reading.add(
        report(
          notSaid,
          span,
          `The driver option \`${shorten(text)}\` has no word in a policy, so it was not imported.`,
          text === `${bridgeOption}trusted_host_interfaces`
            ? { help: 'The machines behind these interfaces reach the ports only where an `allow` says so.' }
            : {},
        ),
      );
  }
  return options;
}

/** An empty value counts as not written, except for switches. */
function nonEmpty(texts: OptionTexts, key: string): Written<string> | undefined {
  const text = texts.take(key);
  return text?.value === '' ? undefined : text;
}

/** The name of an interface of the host; reported and undefined when Linux would not take it. */
export function readInterface(reading: Reading, text: Written<string> | undefined): Name | undefined {
  if (text === undefined) return undefined;
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(text.value)) return { text: text.value, span: text.span };
  reading.add(
    report(
      badValue,
      text.span,
      `\`${shorten(text.value)}\` is no name of a network interface (at most 15 letters, digits, \`.\`, \`_\` and \`-\`).`,
    ),
  );
  return undefined;
}

/** An MTU written as a text. */
export function readMtu(reading: Reading, text: Written<string> | undefined): Written<number> | undefined {
  if (text === undefined) return undefined;
  const value = /^-?\d{1,15}$/.test(text.value) ? Number(text.value) : undefined;
  if (value !== undefined && value >= 68 && value <= 65535) return { value, span: text.span };
  reading.add(
    report(badValue, text.span, `\`${shorten(text.value)}\` is no MTU: it is a number between 68 and 65535.`),
  );
  return undefined;
}

/** A switch as the engine casts it: Go's strconv.ParseBool, which is stricter than compose. */
function readSwitchOption(reading: Reading, texts: OptionTexts, key: string): Written<boolean> | undefined {
  const text = texts.take(key);
  if (text === undefined) return undefined;
  const { value, span } = text;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return { value: true, span };
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return { value: false, span };
  reading.add(report(badValue, span, `\`${key}\` is \`true\` or \`false\`, not \`${shorten(value)}\`.`));
  return undefined;
}

function mode(
  reading: Reading,
  family: Family,
  text: Written<string> | undefined,
): Partial<Record<Family, Written<GatewayMode>>> {
  if (text === undefined) return {};
  const { value, span } = text;
  if (value === 'nat' || value === 'routed' || value === 'isolated') return { [family]: { value, span } };
  if (value === 'nat-unprotected') {
    reading.add(
      report(
        unprotectedGateway,
        span,
        'The gateway mode `nat-unprotected` leaves every port of a container open; the policy says `nat`, which opens published ports only.',
        {
          help: 'Write `allow any -> NETWORK` where that is meant.',
        },
      ),
    );
    return { [family]: { value: 'nat', span } };
  }
  reading.add(
    report(badValue, span, `\`${shorten(value)}\` is no gateway mode; write \`nat\`, \`routed\` or \`isolated\`.`),
  );
  return {};
}

function readBinding(reading: Reading, text: Written<string> | undefined): Written<Address> | undefined {
  if (text === undefined) return undefined;
  const address = parseAddress(text.value);
  if (address?.family === 'ipv4') return { value: address, span: text.span };
  reading.add(report(badValue, text.span, `\`${shorten(text.value)}\` is no IPv4 address.`));
  return undefined;
}
