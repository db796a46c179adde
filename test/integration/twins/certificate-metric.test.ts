import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { createRegistry } from '#runtime/metrics.ts';
import { exportCertificateEnd } from '../../../workers/twins/server/certificate-metric.ts';
import { writeCertificate } from './certificate.ts';

it('the end of the serving certificate is a metric, read anew each time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'twins-certificate-'));
  try {
    const registry = createRegistry({ process: false });
    exportCertificateEnd(registry, join(folder, 'tls.crt'));
    const shown = async (): Promise<number> =>
      Number(
        /^twinward_twins_certificate_not_after_timestamp_seconds (\S+)$/m.exec(await registry.metrics())?.[1],
      );
    assert.equal(await shown(), 0);
    await writeCertificate(folder);
    assert.ok(Math.abs((await shown()) - (Date.now() / 1_000 + 86_400)) < 120);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
