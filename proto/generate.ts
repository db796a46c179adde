// Writes proto/gen: TypeScript types of every message and service. Run by `npm run generate`.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { protoFiles, protoRoot } from './load.ts';

rmSync(join(protoRoot, 'gen'), { recursive: true, force: true });
const done = spawnSync(
  process.execPath,
  [
    join(protoRoot, '../node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js'),
    '--longs=String',
    '--enums=String',
    '--defaults',
    '--oneofs',
    '--grpcLib=@grpc/grpc-js',
    '--importFileExtension=.ts',
    '--targetFileExtension=.ts',
    '--includeDirs=.',
    '--outDir=gen',
    ...Object.values(protoFiles).flat(),
  ],
  { cwd: protoRoot, stdio: ['ignore', 'ignore', 'inherit'] },
);
process.exitCode = done.status ?? 1;
