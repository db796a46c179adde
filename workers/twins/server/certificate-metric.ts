// When the serving certificate ends: whoever issues it, an alert can be made of it.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Registry } from 'prom-client';
import { createGauge } from '#runtime/metrics.ts';

/** Registers the end of the certificate in a file, read when it is asked for; 0 while there is none. */
export function exportCertificateEnd(registry: Registry, file: string): void {
  const gauge = createGauge(registry, {
    name: 'twinward_twins_certificate_not_after_timestamp_seconds',
    help: 'End of the serving certificate, in seconds since 1970; 0 while there is none.',
    labels: {},
  });
  Object.assign(gauge, { collect: () => gauge.set(endOf(file)) });
}

function endOf(file: string): number {
  try {
    return new X509Certificate(readFileSync(file)).validToDate.getTime() / 1_000;
  } catch {
    return 0;
  }
}
