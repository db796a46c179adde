// Builds what the tests of deployment need, before any of them waits for it: on a bare machine that takes minutes.
import { resolveTool, toolNames } from '../local/binaries/tools.ts';
import { lineProgress } from '../local/progress.ts';

for (const tool of toolNames) console.log(await resolveTool(tool, lineProgress(console.log)));
