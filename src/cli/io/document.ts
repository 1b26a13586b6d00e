/** The document that compile emits: the rules, and at its head what they are and what was and was not shown about them. */
import { createHash } from 'node:crypto';
import { emitJson, withMetainfo } from '../../backends/nftables/emit-json.ts';
import { emitText } from '../../backends/nftables/emit-text.ts';
import type { JsonObject } from '../../backends/nftables/json.ts';
import type { Compiled } from '../../compile.ts';
import type { WrittenRules } from '../../proving/emitted-rules.ts';
import type { SourceFile } from '../../source/span.ts';

export type Target = 'nft-json' | 'nft';

export interface DocumentOptions {
  readonly version: string;
  readonly policy: SourceFile;
  readonly markBit: number;
  /** What was proved about the rules; undefined where nobody asked. */
  readonly proof: JsonObject | undefined;
  /** The rules without a head, where they were written before. */
  readonly written?: WrittenRules | undefined;
}

export function document(target: Target, compiled: Compiled, options: DocumentOptions): string {
  const about = describe(compiled, options);
  if (target === 'nft') return emitText(compiled.ruleset, { metainfo: about });
  return withMetainfo(options.written?.target === 'nft' ? options.written.text : emitJson(compiled.ruleset), about);
}

/** What is known about the rules of a host. */
export function describe(compiled: Compiled, { version, policy, markBit, proof }: DocumentOptions): JsonObject {
  const { expectations, host, meaning, view } = compiled;
  return {
    ctfw: version,
    policy: policy.name,
    policyHash: `sha256:${createHash('sha256').update(policy.text).digest('hex')}`,
    host: host.name,
    ...(proof ?? { proved: false }),
    expectations: describeExpectations(expectations),
    bridgedTraffic:
      meaning.guarded.size === 0
        ? 'no network needs it to be judged'
        : `judged by the inet table through br_netfilter, marked with 0x${markBit.toString(16)}; without br_netfilter it is dropped in: ${[...meaning.guarded].map(({ name }) => name).join(', ')}`,
    requires: Object.fromEntries(Object.entries(view.sysctls).filter(([, value]) => value === '1')),
  };
}

function describeExpectations(results: Compiled['expectations']): string {
  if (results.length === 0) return 'none';
  const holding = results.filter(({ kind }) => kind === 'holds').length;
  const idle = results.filter(({ kind }) => kind === 'covers-nothing').length;
  const about = idle === 0 ? '' : `, ${idle} ${idle === 1 ? 'is' : 'are'} about no packet`;
  return `${holding} of ${results.length} hold by the meaning of the policy${about}`;
}
