import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../processes/ports.ts';
import { downloadVerified } from './download.ts';

const CONTENT = Buffer.alloc(300_000, 'release');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

describe('downloading a release', () => {
  let folder: string;
  let server: Server;
  let port: number;
  const target = () => join(folder, 'program');
  const download = (path: string, sha256: string | undefined) =>
    downloadVerified(`http://127.0.0.1:${port}${path}`, sha256, target(), () => undefined);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'twinward-download-'));
    port = await freePort();
    server = createServer((request, response) => {
      if (request.url === '/absent') {
        response.writeHead(404).end();
      } else if (request.url === '/cut') {
        response.writeHead(200, { 'content-length': CONTENT.length });
        response.write(CONTENT.subarray(0, 1_000), () => response.destroy());
      } else {
        response.end(CONTENT);
      }
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps what has the published checksum', async () => {
    await download('/program', SHA256);
    assert.ok(readFileSync(target()).equals(CONTENT));
    rmSync(target());
  });

  const refused: readonly [name: string, path: string, sha256: string | undefined, message: RegExp][] = [
    ['refuses other content', '/program', '0'.repeat(64), /sha256 of .* is not the published one/],
    ['refuses to download without a checksum', '/program', undefined, /no sha256 is published/],
    ['refuses an error page in the place of a checksum', '/program', '<html>', /no sha256 is published/],
    ['reports a release that does not exist', '/absent', SHA256, /answered 404/],
  ];
  for (const [name, path, sha256, message] of refused) {
    it(name, async () => {
      await assert.rejects(download(path, sha256), { message });
      assert.equal(existsSync(target()), false);
    });
  }

  it('reports a connection that ends too early', async () => {
    await assert.rejects(download('/cut', SHA256));
  });
});
