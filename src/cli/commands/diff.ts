/** `ctfw diff A B`: which flows open, close or change translation, each with an example packet; then the texts of the rules. */
import { type Command, Option } from 'commander';
import { compareRules } from '../../verifier/verifier.ts';
import { comparedHost } from '../diff/host.ts';
import { changesText } from '../diff/print.ts';
import { textDiffs } from '../diff/texts.ts';
import { diffToJson } from '../diff/to-json.ts';
import { type OutputFormat, wantsColor } from '../io/diagnostics.ts';
import { exitCode } from '../io/exit-code.ts';
import { writeOut } from '../io/files.ts';
import { readFoundView } from '../io/found-rules.ts';
import type { Outcome } from '../io/outcome.ts';
import { readSide } from '../sides/side.ts';
import { parseRuleTarget } from '../trace/question.ts';

interface DiffOptions {
  readonly hostView?: string;
  readonly host?: string;
  readonly target: string;
  readonly text: boolean;
  readonly exitCode?: boolean;
  readonly format: OutputFormat;
}

export function addDiff(program: Command, outcome: Outcome): void {
  program
    .command('diff')
    .description('which flows open, close or change translation from one to the other, each with an example packet')
    .argument('<before>', 'a policy, rules (nft JSON, iptables-save), a folder of them, or `live`: this host')
    .argument('<after>', 'the same')
    .option('--host-view <file>', 'the host as `ctfw snapshot` saw it')
    .option('--host <name>', 'which host, where a policy has several')
    .option('-t, --target <target>', 'compare the rules of policies for nft or iptables', 'nft')
    .option('--no-text', 'leave out the difference of the texts of the rules')
    .option('--exit-code', 'exit with 1 when anything changes for packets')
    .addOption(new Option('--format <format>', 'how the answer looks').choices(['human', 'json']).default('human'))
    .action(async (before: string, after: string, options: DiffOptions) => {
      const sideOptions = { target: parseRuleTarget(options.target), host: options.host };
      const given = options.hostView === undefined ? undefined : readFoundView(options.hostView);
      const [old, now] = [await readSide(before, sideOptions), await readSide(after, sideOptions)];
      const { view, policies, notes } = comparedHost([old, now], given);
      const comparison = compareRules(view, old.rulesets, now.rulesets, { policies });
      const { changes } = comparison;
      const texts = options.text ? textDiffs(old, now) : [];
      if (options.format === 'json') writeOut(diffToJson({ before, after }, comparison, notes, texts));
      else {
        for (const note of notes) process.stderr.write(`ctfw: ${note}\n`);
        const count = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`;
        const head =
          changes.length === 0
            ? `nothing changes for packets from ${before} to ${after}${textsAre(texts, options.text)}\n`
            : `from ${before} to ${after}: ${count} for packets\n\n`;
        writeOut(head + changesText(changes, wantsColor(process.stdout)) + textPart(texts));
      }
      if (options.exitCode === true && changes.length > 0) outcome.code = exitCode.refused;
    });
}

function textsAre(texts: readonly string[], asked: boolean): string {
  if (!asked) return '';
  return texts.length === 0 ? '; the rules are the same' : '; the rules say it in other words:';
}

function textPart(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `\n${texts.join('\n')}`;
}
