/** Records what a real kernel does with scenario files: `npm run record:kernel -- fixtures/kernel/FILE.json...`. */
import { main } from '../test/conformance/kernel/record.ts';

process.exitCode = await main(process.argv.slice(2));
