/** The words of an ebtables rule: options with their values. ebtables has no `-m`; every option name is the only one of its kind. */
import { type Token, tokensToText } from '../text/tokens.ts';

export interface BridgeOption {
  /** Without dashes, aliases resolved. */
  readonly name: string;
  readonly negated: boolean;
  readonly values: readonly string[];
  readonly text: string;
}

const aliases: ReadonlyMap<string, string> = new Map([
  ['proto', 'p'],
  ['protocol', 'p'],
  ['src', 's'],
  ['source', 's'],
  ['dst', 'd'],
  ['destination', 'd'],
  ['in-interface', 'i'],
  ['in-if', 'i'],
  ['out-interface', 'o'],
  ['out-if', 'o'],
  ['jump', 'j'],
  ['ip-src', 'ip-source'],
  ['ip-dst', 'ip-destination'],
  ['ip-proto', 'ip-protocol'],
  ['ip-sport', 'ip-source-port'],
  ['ip-dport', 'ip-destination-port'],
  ['ip6-src', 'ip6-source'],
  ['ip6-dst', 'ip6-destination'],
  ['ip6-proto', 'ip6-protocol'],
  ['ip6-sport', 'ip6-source-port'],
  ['ip6-dport', 'ip6-destination-port'],
  ['arp-op', 'arp-opcode'],
  ['set-counters', 'c'],
]);

/** Splits words into options; a `!` may stand before the option or before its value. Words before any option are an option without a name. */
export function readBridgeWords(tokens: readonly Token[]): readonly BridgeOption[] {
  const options: BridgeOption[] = [];
  let index = 0;
  while (index < tokens.length) {
    const start = index;
    let negated = isBang(tokens[index]);
    if (negated) index++;
    const first = tokens[index];
    const written = first !== undefined && isOption(first) ? first.text.replace(/^--?/, '') : '';
    if (written !== '') index++;
    if (isBang(tokens[index])) {
      negated = !negated;
      index++;
    }
    const valuesStart = index;
    while (index < tokens.length && !isOption(tokens[index]) && !isBang(tokens[index])) index++;
    const values = tokens.slice(valuesStart, index).map((token) => token.text);
    const name = aliases.get(written) ?? written;
    options.push({ name, negated, values, text: tokensToText(tokens.slice(start, index)) });
  }
  return options;
}

function isBang(token: Token | undefined): boolean {
  return token !== undefined && !token.quoted && token.text === '!';
}

function isOption(token: Token | undefined): boolean {
  return token !== undefined && !token.quoted && /^-\D/.test(token.text);
}
