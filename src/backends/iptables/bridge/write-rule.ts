/** One bridge rule as the words of an ebtables-restore line: the inverse of rule.ts. */
import type { Rule } from '../../../ruleset/ruleset.ts';
import type { LogStatement, MatchStatement, Statement } from '../../../ruleset/statement.ts';
import { formatLimit } from '../matches/limit.ts';
import { isWatcher, normalizeRule } from '../normal/normalize.ts';
import { type Problem, problemOf, type WrittenRule } from '../normal/problem.ts';
import { levelNumber } from '../targets/log.ts';
import { setChange } from '../targets/marks.ts';
import { comparedValue, formatNumberRange, integerOf, isMatch } from '../text/format.ts';
import { formatHex, maximumMark } from '../text/numbers.ts';
import type { BridgeContext } from './matches.ts';
import { writeBridgeMatch } from './matches-text.ts';

/** Writes a rule of the bridge family. `foreign`: unknown statements were read from ebtables and go back as they are. ebtables keeps no comments: they are left out. */
export function writeBridgeRule(rule: Rule, foreign: boolean): WrittenRule {
  const normal = normalizeRule(rule, 'bridge');
  if (normal.problem !== undefined) return { problem: normal.problem };
  const statements = normal.rule.statements.filter((statement) => statement.kind !== 'counter');
  const writer = new BridgeWriter(contextOf(statements), foreign);
  const problem = writer.writeAll(statements);
  if (problem !== undefined) return { problem };
  return { words: writer.words.join(' '), counter: undefined };
}

function contextOf(statements: readonly Statement[]): BridgeContext {
  const named = (matches: (statement: MatchStatement) => boolean): number | undefined => {
    const found = statements.find((statement) => isMatch(statement) && matches(statement));
    return isMatch(found) && found.operator === '==' ? integerOf(comparedValue(found)) : undefined;
  };
  return {
    etherType: named(({ left }) => left.kind === 'payload' && left.protocol === 'ether' && left.field === 'type'),
    protocol: named(({ left }) => left.kind === 'meta' && left.key === 'l4proto'),
  };
}

class BridgeWriter {
  readonly words: string[] = [];
  readonly #context: BridgeContext;
  readonly #foreign: boolean;
  readonly #used = new Set<string>();
  #target: string | undefined;

  constructor(context: BridgeContext, foreign: boolean) {
    this.#context = context;
    this.#foreign = foreign;
  }

  writeAll(statements: readonly Statement[]): Problem | undefined {
    for (let index = 0; index < statements.length; ) {
      const statement = statements[index];
      if (statement === undefined) break;
      const count = this.#write(statement, statements[index + 1]);
      if (count === undefined) return problemOf(statement, 'bridge');
      index += count;
    }
    if (this.#target !== undefined) this.words.push(this.#target);
    return undefined;
  }

  #write(statement: Statement, next: Statement | undefined): number | undefined {
    switch (statement.kind) {
      case 'match':
        return this.#writeMatch(statement, next);
      case 'limit': {
        const text = formatLimit(statement);
        return text === undefined ? undefined : this.#once('limit', text);
      }
      case 'log': {
        const text = formatBridgeLog(statement);
        return text === undefined ? undefined : this.#once(statement.group === undefined ? 'log' : 'nflog', text);
      }
      case 'unknown':
        return this.#writeUnknown(statement);
      case 'assign':
        return this.#writeMark(statement, next);
      case 'verdict':
        return this.#writeVerdict(statement);
      default:
        return undefined;
    }
  }

  #once(option: string, text: string): number | undefined {
    if (this.#used.has(option)) return undefined;
    this.#used.add(option);
    this.words.push(text);
    return 1;
  }

  #writeMatch(statement: MatchStatement, next: Statement | undefined): number | undefined {
    const text = writeBridgeMatch(statement, this.#context);
    if (text === undefined) return undefined;
    const code = text.option.endsWith('-icmp-type') && !text.negated ? codeOf(statement, next) : undefined;
    const value = code === undefined ? text.value : `${text.value}/${code}`;
    const dashes = text.option.length === 1 ? '-' : '--';
    const written = this.#once(text.option, `${dashes}${text.option} ${text.negated ? '! ' : ''}${value}`);
    return written === undefined || code === undefined ? written : 2;
  }

  #writeUnknown(statement: Extract<Statement, { kind: 'unknown' }>): number | undefined {
    if (!this.#foreign || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(statement.text)) return undefined;
    if (statement.effect === 'match' || isWatcher(statement)) this.words.push(statement.text);
    else this.#target = statement.text;
    return 1;
  }

  /** `-j mark` with the verdict behind it as its own target. */
  #writeMark(statement: Extract<Statement, { kind: 'assign' }>, next: Statement | undefined): number | undefined {
    const change = setChange(statement, 'meta');
    const verdict = next?.kind === 'verdict' ? plainVerdicts[next.verdict.kind] : undefined;
    if (change === undefined || verdict === undefined) return undefined;
    const { value, mask } = change;
    const operation =
      mask === maximumMark
        ? `--mark-set ${formatHex(value)}`
        : mask === 0
          ? `--mark-xor ${formatHex(value)}`
          : value === mask
            ? `--mark-or ${formatHex(value)}`
            : value === 0
              ? `--mark-and ${formatHex((~mask & maximumMark) >>> 0)}`
              : undefined;
    if (operation === undefined) return undefined;
    this.#target = `-j mark ${operation} --mark-target ${verdict}`;
    return 2;
  }

  #writeVerdict(statement: Extract<Statement, { kind: 'verdict' }>): number | undefined {
    const { verdict } = statement;
    const text = verdict.kind === 'jump' ? verdict.chain : plainVerdicts[verdict.kind];
    if (text === undefined) return undefined;
    this.#target = `-j ${text}`;
    return 1;
  }
}

const plainVerdicts: Readonly<Record<string, string>> = {
  accept: 'ACCEPT',
  drop: 'DROP',
  continue: 'CONTINUE',
  return: 'RETURN',
};

function codeOf(statement: MatchStatement, next: Statement | undefined): string | undefined {
  if (!isMatch(next) || next.operator !== '==' || next.left.kind !== 'payload' || next.left.field !== 'code')
    return undefined;
  if (statement.left.kind !== 'payload' || statement.left.protocol !== next.left.protocol) return undefined;
  return formatNumberRange(comparedValue(next), ':');
}

function formatBridgeLog(statement: LogStatement): string | undefined {
  const { prefix, level, group, flags } = statement;
  if (flags.length > 0 || (prefix !== undefined && /["\u0000-\u001f\u007f]/.test(prefix))) return undefined;
  if (prefix !== undefined && new TextEncoder().encode(prefix).length > 29) return undefined;
  if (group !== undefined) {
    if (level !== undefined) return undefined;
    return `--nflog-group ${group}${prefix === undefined ? '' : ` --nflog-prefix "${prefix}"`}`;
  }
  const number = levelNumber(level ?? 'warn');
  if (number === undefined) return undefined;
  return `--log-level ${number}${prefix === undefined ? '' : ` --log-prefix "${prefix}"`}`;
}
