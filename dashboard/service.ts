// The dashboard put together from its parts, apart from the process around it: main.ts and the integration tests start
// the same thing.
import type { Registry } from 'prom-client';
import type { Clock } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { dashboardMetrics } from './metrics.ts';
import type { Cluster, Twins } from './ports.ts';
import { CALLBACK } from './routes.ts';
import { openSessions } from './sessions/store.ts';
import { type SessionReadiness, watchSessions } from './sessions/watch.ts';
import type { SignInParts } from './sign-in/flow.ts';
import { oidcProvider } from './sign-in/provider.ts';
import { createSealer } from './sign-in/sealed.ts';
import { readStyle } from './web/answer.ts';
import { startServer } from './web/server.ts';

/** Everything that comes from outside. */
export interface DashboardParts {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly cluster: Cluster;
  readonly twins: Twins;
}

/** A running dashboard. */
export interface Dashboard {
  readonly port: number;
  readonly readiness: SessionReadiness;
  /** Takes no new requests, lets those in hand end, and lets go of the database. */
  stop(): Promise<void>;
}

/** Starts the server for people. It answers before the database does, with pages that say so. */
export async function startDashboard(parts: DashboardParts): Promise<Dashboard> {
  const { clock, cluster, config, log, registry, twins } = parts;
  const metrics = dashboardMetrics(registry);
  const lifetimeMs = config.TWINWARD_SESSION_HOURS * 3_600_000;
  const sessions = openSessions({
    url: config.TWINWARD_DATABASE_URL,
    connections: config.TWINWARD_SESSION_CONNECTIONS,
    clock,
    idleMs: config.TWINWARD_SESSION_IDLE_MINUTES * 60_000,
    lifetimeMs,
    onLost: (code) => log.warn('a database connection was lost', { code }),
  });
  const stopping = new AbortController();
  const readiness = watchSessions(sessions, { clock, log, metrics }, stopping.signal);
  const origin = config.TWINWARD_EXTERNAL_URL;
  const signIn = { clock, sessions, sessionSeconds: lifetimeMs / 1_000, ...signInParts(config, clock) };
  const style = readStyle();
  const app = createApp({ clock, sessions, cluster, twins, signIn, origin, stylePath: style.path });
  const host = config.POD_IP ?? '0.0.0.0';
  const server = await startServer({
    app,
    clock,
    log,
    metrics,
    style,
    host,
    port: config.TWINWARD_HTTP_PORT,
  });
  const stop = async (): Promise<void> => {
    await server.close();
    stopping.abort();
    await readiness.ended;
    await sessions.close();
  };
  return { port: server.port, readiness, stop };
}

function signInParts(
  config: Config,
  clock: Clock,
): Pick<SignInParts, 'provider' | 'redirectUri' | 'rules' | 'sealer'> {
  const redirectUri = config.TWINWARD_EXTERNAL_URL + CALLBACK;
  return {
    redirectUri,
    sealer: createSealer(config.TWINWARD_OIDC_CLIENT_SECRET, 'sign-in'),
    rules: {
      userClaim: config.TWINWARD_OIDC_USER_CLAIM,
      groupsClaim: config.TWINWARD_OIDC_GROUPS_CLAIM,
      userPrefix: config.TWINWARD_OIDC_USER_PREFIX,
      groupsPrefix: config.TWINWARD_OIDC_GROUPS_PREFIX,
    },
    provider: oidcProvider({
      clock,
      redirectUri,
      issuer: config.TWINWARD_OIDC_ISSUER,
      clientId: config.TWINWARD_OIDC_CLIENT_ID,
      clientSecret: config.TWINWARD_OIDC_CLIENT_SECRET,
      scopes: config.TWINWARD_OIDC_SCOPES,
      authorities: config.TWINWARD_OIDC_CA,
    }),
  };
}
