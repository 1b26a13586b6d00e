/** Prints what the gathering commands print in this namespace, as JSON: how the recordings beside it were made. */
import { gatherHost } from '../../../src/host/gather/gather.ts';
import { ownNamespace } from '../../../src/host/gather/runner.ts';
import { recording } from './recording.ts';

const { runner, recorded } = recording(ownNamespace);
await gatherHost({ runner });
console.log(JSON.stringify(recorded, null, 1));
