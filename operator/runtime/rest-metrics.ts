import type { Registry } from 'prom-client';
import { createCounter, createHistogram } from './metrics.ts';

/** Counts requests to the API server under client-go's names. */
export interface RestMetrics {
  /** `code` is the HTTP status as text, or `<error>` when there was no answer. */
  observe(method: string, code: string, elapsedSeconds: number): void;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const CODES = [
  ...['200', '201', '202', '400', '401', '403', '404', '405', '409', '410', '415', '422', '429'],
  ...['500', '502', '503', '504', '<error>', 'other'],
];
const KNOWN = new Set(CODES);
const BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Metrics of the one API server at `host`. */
export function createRestMetrics(registry: Registry, host: string): RestMetrics {
  const requests = createCounter(registry, {
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, partitioned by status code, method, and host.',
    labels: { code: CODES, method: METHODS, host: [host] },
  });
  const duration = createHistogram(registry, {
    name: 'rest_client_request_duration_seconds',
    help: 'Request latency in seconds, broken down by verb and host.',
    labels: { verb: METHODS, host: [host] },
    buckets: BUCKETS,
  });
  return {
    observe: (method, code, elapsedSeconds) => {
      requests.inc({ code: KNOWN.has(code) ? code : 'other', method, host });
      duration.observe({ verb: method, host }, elapsedSeconds);
    },
  };
}
