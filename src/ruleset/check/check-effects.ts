/** Checks the other statements: reject, assignments, limits, logs and additions to sets. */
import type {
  AssignStatement,
  LimitStatement,
  LogStatement,
  RejectStatement,
  SetUpdateStatement,
} from '../statement.ts';
import { icmpCodes, icmpv6Codes, icmpxCodes, logFlags, logLevels } from '../symbols.ts';
import { typeOf } from '../type-of.ts';
import { checkExpressions, checkKey, checkMapReference } from './check-match.ts';
import type { RuleContext } from './check-rule.ts';
import { checkScalar } from './check-value.ts';
import { hooksOf } from './table-view.ts';

const codesOf = { icmp: icmpCodes, icmpv6: icmpv6Codes, icmpx: icmpxCodes };

export function checkReject(statement: RejectStatement, context: RuleContext): void {
  const { problems, view } = context;
  const { family } = view.table;
  if (statement.with === 'tcp-reset') {
    if (statement.code !== undefined) problems.add('a reset with a code');
  } else if (statement.code !== undefined && codesOf[statement.with].valueOf(statement.code) === undefined)
    problems.add(`reject with ${statement.with} ${statement.code}, which is none of its codes`);
  if (statement.with === 'icmpx' && (family === 'ip' || family === 'ip6'))
    problems.add(`reject with icmpx in a table of family ${family}`);
  if ((statement.with === 'icmp' && family === 'ip6') || (statement.with === 'icmpv6' && family === 'ip'))
    problems.add(`reject with ${statement.with} in a table of family ${family}`);
  if (hooksOf(view, context.chain.name).has('postrouting')) problems.add('reject at the hook postrouting');
}

export function checkAssign(statement: AssignStatement, context: RuleContext): void {
  checkExpressions(statement, context);
  const { target, value } = statement;
  const { problems, view } = context;
  if (target.kind !== 'meta' && target.kind !== 'ct' && target.kind !== 'payload' && target.kind !== 'tcp-option')
    problems.add(`an assignment to something of kind ${target.kind}`);
  const types = typeOf(target, view.maps);
  const [type] = types;
  if (value.kind === 'constant' && type !== undefined) checkScalar(value.value, type, problems);
  if (value.kind === 'map') checkMapReference(value.map, value.key, type === 'integer' ? undefined : types, context);
}

export function checkLimit(statement: LimitStatement, { problems }: RuleContext): void {
  if (!Number.isSafeInteger(statement.rate) || statement.rate < 1) problems.add(`a limit of ${statement.rate}`);
  if (!Number.isInteger(statement.burst) || statement.burst < 0 || statement.burst > 0xffff_ffff)
    problems.add(`a burst of ${statement.burst}`);
}

export function checkLog(statement: LogStatement, { problems }: RuleContext): void {
  const { level, group, flags } = statement;
  if (level !== undefined && logLevels.valueOf(level) === undefined) problems.add(`no log level: ${level}`);
  for (const flag of flags) if (logFlags.valueOf(flag) === undefined) problems.add(`no log flag: ${flag}`);
  if (group === undefined) return;
  if (level !== undefined || flags.length > 0) problems.add('a log group with a level or flags');
  if (!Number.isInteger(group) || group < 0 || group > 0xffff) problems.add(`a log group of ${group}`);
}

export function checkSetUpdate(statement: SetUpdateStatement, context: RuleContext): void {
  checkExpressions(statement, context);
  const { problems, view } = context;
  const set = view.sets.get(statement.set);
  if (set === undefined) {
    problems.add(`there is no set ${statement.set}`);
    return;
  }
  checkKey(set.name, set.keyTypes, typeOf(statement.key, view.maps), context);
  if (!set.dynamic || set.interval) problems.add(`${set.name} is not a set that rules can add to`);
  if (statement.timeout !== undefined && set.timeout === undefined)
    problems.add(`an element with a timeout in ${set.name}, which has none`);
}
