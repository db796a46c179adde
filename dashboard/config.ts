import { z } from 'zod';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** https, or http to this machine. */
function isSafe(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.hash !== '' || url.search !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}

const safeUrl = z.string().refine(isSafe, 'must be https, without query and fragment');
const port = (value: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().int().min(0).max(65_535).default(value);
/** Never empty, and never one that could make a person out of Kubernetes' own names. */
const prefix = z
  .string()
  .regex(/^(?!system:)[\x21-\x7e]{1,64}$/)
  .default('oidc:');

/** The environment of the dashboard. */
export const configSchema = z.object({
  POD_IP: z.string().optional(),
  TWINWARD_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** gRPC target of the twin service. */
  TWINWARD_TWINS_ADDRESS: z.string().min(1),
  /** Origin under which people open the dashboard, such as https://twins.clinic.example. */
  TWINWARD_EXTERNAL_URL: safeUrl.transform((text) => new URL(text).origin),
  /** Connection string of the dashboard's own role; sessions are kept there. */
  TWINWARD_DATABASE_URL: z.string().regex(/^postgres(?:ql)?:\/\//),
  /** Issuer of the identity provider, as its discovery document names it. */
  TWINWARD_OIDC_ISSUER: safeUrl,
  TWINWARD_OIDC_CLIENT_ID: z.string().min(1).max(512),
  TWINWARD_OIDC_CLIENT_SECRET: z.string().min(16).max(1_024),
  /** PEM certificates of the provider's authority, when it is none of the public ones; only these are trusted then. */
  TWINWARD_OIDC_CA: z
    .string()
    .regex(/^\s*-----BEGIN CERTIFICATE-----/)
    .optional(),
  /** Scopes to ask for; `openid` has to be one of them. */
  TWINWARD_OIDC_SCOPES: z
    .string()
    .regex(/^openid(?: \S+)*$/)
    .default('openid profile email'),
  /** Claim of the ID token with the user's name. */
  TWINWARD_OIDC_USER_CLAIM: z.string().min(1).max(256).default('sub'),
  /** Claim of the ID token with the groups: a list of texts, or one text. */
  TWINWARD_OIDC_GROUPS_CLAIM: z.string().min(1).max(256).default('groups'),
  TWINWARD_OIDC_USER_PREFIX: prefix,
  TWINWARD_OIDC_GROUPS_PREFIX: prefix,
  /** A session ends when nothing was asked for so long. */
  TWINWARD_SESSION_IDLE_MINUTES: z.coerce.number().min(1).max(1_440).default(30),
  /** A session ends so long after the sign-in, whatever happens. */
  TWINWARD_SESSION_HOURS: z.coerce.number().positive().max(24).default(10),
  /** Connections to the database. */
  TWINWARD_SESSION_CONNECTIONS: z.coerce.number().int().min(1).max(64).default(8),
  TWINWARD_HTTP_PORT: port(8080),
  TWINWARD_HEALTH_PORT: port(8081),
});

/** The environment, parsed. */
export type Config = Readonly<z.output<typeof configSchema>>;
