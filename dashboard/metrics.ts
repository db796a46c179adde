import type { Registry } from 'prom-client';
import { createCounter, createGauge, createHistogram } from '#runtime/metrics.ts';
import { type ProblemName, problemNames } from './pages/problem.ts';
import { routeNames } from './routes.ts';

/** What the dashboard counts. Nothing of it tells one person from another. */
export interface DashboardMetrics {
  request(page: (typeof routeNames)[number], result: ProblemName | 'ok', seconds: number): void;
  /** Sessions that were removed because they had ended. */
  swept(count: number): void;
  databaseAnswers(answers: boolean): void;
}

/** Registers the metrics. */
export function dashboardMetrics(registry: Registry): DashboardMetrics {
  const requests = createCounter(registry, {
    name: 'twinward_dashboard_requests_total',
    help: 'Requests by page and result',
    labels: { page: routeNames, result: ['ok', ...problemNames] },
  });
  const duration = createHistogram(registry, {
    name: 'twinward_dashboard_request_seconds',
    help: 'Time to answer a request, by page',
    labels: { page: routeNames },
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const ended = createCounter(registry, {
    name: 'twinward_dashboard_sessions_swept_total',
    help: 'Sessions removed after their end',
    labels: {},
  });
  const database = createGauge(registry, {
    name: 'twinward_dashboard_database_up',
    help: '1 while the database of sessions answers',
    labels: {},
  });
  return {
    request: (page, result, seconds) => {
      requests.inc({ page, result });
      duration.observe({ page }, seconds);
    },
    swept: (count) => ended.inc(count),
    databaseAnswers: (answers) => database.set(answers ? 1 : 0),
  };
}
