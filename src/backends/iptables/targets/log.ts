/** `-j LOG` and `-j NFLOG`. */
import { optionTable, type TargetModule } from '../text/module.ts';
import { parseNumber } from '../text/numbers.ts';
import { quoteString } from '../text/tokens.ts';

/** nft's level names by syslog number, then other names that iptables takes. */
const levels: readonly (readonly [name: string, ...others: string[]])[] = [
  ['emerg', 'panic'],
  ['alert'],
  ['crit'],
  ['err', 'error'],
  ['warn', 'warning'],
  ['notice'],
  ['info'],
  ['debug'],
];

/** The level of both tools when none is given. */
export const defaultLevel = 'warn';

export function parseLevel(text: string): string | undefined {
  const number = parseNumber(text, 7);
  if (number !== undefined) return levels[number]?.[0];
  return levels.find((names) => names.some((name) => name === text.toLowerCase()))?.[0];
}

/** The inverse of {@link parseLevel}. */
export function levelNumber(level: string): number | undefined {
  const number = levels.findIndex(([name]) => name === level);
  return number === -1 ? undefined : number;
}

/** iptables' options and the flags of nft that they are. */
export const logFlags: readonly (readonly [option: string, flag: string])[] = [
  ['log-tcp-sequence', 'tcp sequence'],
  ['log-tcp-options', 'tcp options'],
  ['log-ip-options', 'ip options'],
  ['log-uid', 'skuid'],
  ['log-macdecode', 'ether'],
];

export const log: TargetModule = {
  names: ['LOG'],
  options: optionTable({
    'log-level': 1,
    'log-prefix': 1,
    ...Object.fromEntries(logFlags.map(([option]) => [option, 0])),
  }),
  read: (options) => {
    if (options.some((option) => option.negated)) return undefined;
    const levelText = options.find((option) => option.name === 'log-level')?.values[0];
    const level = levelText === undefined ? defaultLevel : parseLevel(levelText);
    if (level === undefined) return undefined;
    const used = new Set(options.map((option) => option.name));
    return [
      {
        kind: 'log',
        prefix: options.find((option) => option.name === 'log-prefix')?.values[0],
        level: level === defaultLevel ? undefined : level,
        group: undefined,
        flags: logFlags.filter(([option]) => used.has(option)).map(([, flag]) => flag),
      },
    ];
  },
  write: (statement) => {
    if (statement.kind !== 'log' || statement.group !== undefined) return undefined;
    const { prefix, level, flags } = statement;
    const number = level === undefined ? undefined : levelNumber(level);
    const flagNames = logFlags.filter(([, flag]) => flags.includes(flag));
    if (flagNames.length !== new Set(flags).size || (level !== undefined && number === undefined)) return undefined;
    if (prefix !== undefined && !fits(prefix, longestLogPrefix)) return undefined;
    return [
      'LOG',
      ...(prefix === undefined ? [] : [`--log-prefix ${quoteString(prefix)}`]),
      ...(number === undefined ? [] : [`--log-level ${number}`]),
      ...flagNames.map(([option]) => `--${option}`),
    ].join(' ');
  },
};

/** Bytes of a prefix that xt_LOG and xt_NFLOG keep. */
const longestLogPrefix = 29;
const longestNflogPrefix = 63;

/** A prefix that fits and stays on its line. */
function fits(prefix: string, longest: number): boolean {
  return new TextEncoder().encode(prefix).length <= longest && !/[\u0000-\u001f\u007f]/.test(prefix);
}

export const nflog: TargetModule = {
  names: ['NFLOG'],
  options: optionTable({
    'nflog-group': 1,
    'nflog-prefix': 1,
    'nflog-range': 1,
    'nflog-size': 1,
    'nflog-threshold': 1,
  }),
  read: (options) => {
    const others = options.filter((option) => option.name !== 'nflog-group' && option.name !== 'nflog-prefix');
    if (others.length > 0 || options.some((option) => option.negated)) return undefined;
    const group = parseNumber(options.find((option) => option.name === 'nflog-group')?.values[0] ?? '0', 65535);
    if (group === undefined) return undefined;
    const prefix = options.find((option) => option.name === 'nflog-prefix')?.values[0];
    return [{ kind: 'log', prefix, level: undefined, group, flags: [] }];
  },
  write: (statement) => {
    if (statement.kind !== 'log' || statement.group === undefined || statement.flags.length > 0) return undefined;
    const { prefix, group, level } = statement;
    if (level !== undefined || group < 0 || group > 65535) return undefined;
    if (prefix !== undefined && !fits(prefix, longestNflogPrefix)) return undefined;
    return [
      'NFLOG',
      ...(prefix === undefined ? [] : [`--nflog-prefix ${quoteString(prefix)}`]),
      `--nflog-group ${group}`,
    ].join(' ');
  },
};
