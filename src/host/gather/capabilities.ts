/** What the running kernel can do, found out by asking it to check rules that are never loaded. */
import type { Capabilities } from '../../host-view/host-view.ts';
import type { Missing } from './gathered.ts';
import type { Gathered } from './part.ts';
import { failureOf, type Runner } from './runner.ts';

/** br_netfilter has settings exactly where it is present. */
const brNetfilterSetting = 'net.bridge.bridge-nf-call-iptables';

export async function gatherCapabilities(
  runner: Runner,
  sysctls: Readonly<Record<string, string>>,
): Promise<Gathered<Capabilities>> {
  const missing: Missing[] = [];
  const bridgeConntrack = await takes(runner, 'ct state established', missing);
  const bridgeName = missing.length === 0 && (await takes(runner, 'meta ibrname "br0"', missing));
  return { value: { brNetfilter: brNetfilterSetting in sysctls, bridgeConntrack, bridgeName }, missing };
}

/** What the kernel says about an expression that it has, or has not, in the bridge family. */
const refusals = /not supported|protocol error|no such file|invalid argument/i;

/** Whether the kernel takes a match in the bridge family. `nft -c` has it check the whole transaction and then drops it. */
async function takes(runner: Runner, match: string, missing: Missing[]): Promise<boolean> {
  const chain = ['chain probe {', 'type filter hook forward priority 0; policy accept;', `${match} accept`, '}'];
  const input = ['table bridge ctfw_probe {', ...chain, '}', ''].join('\n');
  const result = await runner('nft', ['-c', '-f', '-'], { input });
  if (result.kind === 'exited' && result.status === 0) return true;
  const isRefusal = result.kind === 'exited' && /could not process rule/i.test(result.stderr);
  if (!isRefusal || !refusals.test(result.stderr)) missing.push(failureOf('capabilities', 'nft -c -f -', result));
  return false;
}
