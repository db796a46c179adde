import { type DestinationStream, pino } from 'pino';
import { CodedError } from './errors.ts';

const FIELDS = [
  ...[
    'action',
    'address',
    'attempt',
    'batch',
    'bytes',
    'code',
    'controller',
    'count',
    'digest',
    'elapsedSeconds',
  ],
  ...[
    'engine',
    'events',
    'generation',
    'host',
    'identity',
    'kind',
    'level',
    'limit',
    'method',
    'model',
    'name',
  ],
  ...[
    'namespace',
    'object',
    'outcome',
    'owner',
    'phase',
    'pid',
    'pod',
    'port',
    'priority',
    'process',
    'purpose',
  ],
  ...[
    'quarantined',
    'queue',
    'reason',
    'received',
    'reconcileID',
    'records',
    'resource',
    'resourceVersion',
    'result',
  ],
  ...[
    'retryInSeconds',
    'revision',
    'rows',
    'runKey',
    'scenarios',
    'seed',
    'service',
    'signal',
    'simulation',
    'size',
  ],
  ...[
    'skipped',
    'source',
    'state',
    'status',
    'step',
    'stored',
    'subjects',
    'table',
    'tenant',
    'total',
    'traceParent',
  ],
  ...['trajectories', 'twin', 'uid', 'unchanged', 'unit', 'units', 'verb', 'version', 'workers'],
] as const;

/** The names that may appear in a log line. Handles, counts and reason codes only: never a patient's data. */
export type LogField = (typeof FIELDS)[number];

/** A value of a log field. Strings are cut at 256 characters. */
export type LogValue = string | number | boolean;

/** The fields of one line, plus the error that was caught. */
export type LogFields = { readonly [field in LogField]?: LogValue | undefined } & {
  readonly error?: unknown;
};

/** Writes JSON lines. Messages are constant; what varies is a field. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all carry `fields` as well. */
  with(fields: LogFields): Log;
}

/** `debug` | `info` | `warn` | `error` | `silent`. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const ALLOWED: ReadonlySet<string> = new Set(FIELDS);
const LONGEST_VALUE = 256;
const LONGEST_MESSAGE = 1_024;

/** A log of this process on `destination` (default: standard output), from `level` (default: info) up. */
export function createLog(options: {
  readonly name: string;
  readonly level?: LogLevel;
  readonly destination?: DestinationStream;
}): Log {
  const settings = {
    level: options.level ?? 'info',
    base: { process: options.name },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = options.destination ? pino(settings, options.destination) : pino(settings);
  return wrap(logger, {});
}

type Line = Record<string, unknown>;

interface Sink {
  debug(line: Line, message: string): void;
  info(line: Line, message: string): void;
  warn(line: Line, message: string): void;
  error(line: Line, message: string): void;
}

function wrap(sink: Sink, bound: Line): Log {
  const line = (fields?: LogFields): Line => (fields ? { ...bound, ...allowedFields(fields) } : bound);
  return {
    debug: (message, fields) => sink.debug(line(fields), message),
    info: (message, fields) => sink.info(line(fields), message),
    warn: (message, fields) => sink.warn(line(fields), message),
    error: (message, fields) => sink.error(line(fields), message),
    with: (fields) => wrap(sink, line(fields)),
  };
}

function allowedFields(fields: LogFields): Line {
  const line: Line = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'error') line['error'] = describeError(value);
    else if (ALLOWED.has(name) && isLogValue(value)) line[name] = bounded(value);
  }
  return line;
}

function isLogValue(value: unknown): value is LogValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function bounded(value: LogValue): LogValue {
  return typeof value === 'string' && value.length > LONGEST_VALUE
    ? `${value.slice(0, LONGEST_VALUE)}…`
    : value;
}

/** What may be said of an error: its class, code and call sites; its message only if it is ours or the system's. */
export function describeError(thrown: unknown, depth = 0): Line {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const code = 'code' in thrown && typeof thrown.code === 'string' ? { code: bounded(thrown.code) } : {};
  const message = quotable(thrown);
  const cause =
    thrown.cause !== undefined && depth < 4 ? { cause: describeError(thrown.cause, depth + 1) } : {};
  const stack = thrown instanceof CodedError ? {} : { stack: callSites(thrown) };
  return { type: typeOf(thrown), ...code, ...message, ...stack, ...cause };
}

/** The name of a class, which is an identifier; anything else that stands there was put there. */
function typeOf(error: Error): string {
  return /^[A-Za-z_$][\w$]{0,63}$/.test(error.name) ? error.name : 'Error';
}

/** Ours in full; of one of the system what was called and for which address. It names a path, and files have names of people. */
function quotable(error: Error): Line {
  if (error instanceof CodedError) return { message: error.message.slice(0, LONGEST_MESSAGE) };
  if (!('syscall' in error) || typeof error.syscall !== 'string') return {};
  const address = 'address' in error && typeof error.address === 'string' ? ` ${error.address}` : '';
  const port = 'port' in error && typeof error.port === 'number' ? `:${error.port}` : '';
  return { message: `${error.syscall.split(' ')[0] ?? ''}${address}${port}` };
}

/** The frames of the stack, without its head, which repeats the message, whatever lines that has. */
function callSites(error: Error): readonly string[] {
  const stack = error.stack ?? '';
  const head = stack.indexOf(error.message);
  const frames = (head < 0 ? '' : stack.slice(head + error.message.length)).split('\n');
  return frames
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, 8)
    .map((frame) => frame.trim());
}
