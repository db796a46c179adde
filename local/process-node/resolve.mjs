/*
 * Preloaded into the Node processes of pods: answers `*.svc` and `*.svc.cluster.local` from the table that the
 * process node keeps in $PROCESS_NODE_SERVICES, as cluster DNS would, and leaves all other names to the system.
 * It is the counterpart of the resolv.conf that kubelet writes.
 */
import dns from 'node:dns';
import { readFileSync, statSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const file = process.env['PROCESS_NODE_SERVICES'];
const SERVICE = /^(.+)\.svc(?:\.cluster\.local)?\.?$/i;

let stamp = '';
let names = {};

/** The current table, read anew when the file has changed. */
function table() {
  const { ino, mtimeMs } = statSync(file);
  const current = `${ino} ${mtimeMs}`;
  if (current !== stamp) {
    names = JSON.parse(readFileSync(file, 'utf8')).names;
    stamp = current;
  }
  return names;
}

/** Addresses of a Service name; undefined when it is no Service name at all. */
function addressesOf(hostname) {
  const key = SERVICE.exec(hostname)?.[1]?.toLowerCase();
  if (key === undefined) return undefined;
  try {
    return table()[key] ?? [];
  } catch {
    return [];
  }
}

function notFound(syscall, hostname, code = 'ENOTFOUND') {
  const error = new Error(`${syscall} ${code} ${hostname}`);
  return Object.assign(error, { code, errno: -3008, syscall, hostname });
}

/** DNS shuffles its answers; so callers that take the first one are spread. */
function shuffled(addresses) {
  const start = Math.floor(Math.random() * Math.max(1, addresses.length));
  return [...addresses.slice(start), ...addresses.slice(0, start)];
}

function lookupAnswer(addresses, options) {
  const family = typeof options === 'number' ? options : Number(options?.family ?? 0) || 0;
  if (family === 6 || options?.family === 'IPv6') return undefined;
  const found = shuffled(addresses).map((address) => ({ address, family: 4 }));
  return found.length === 0 ? undefined : found;
}

const system = { lookup: dns.lookup, promised: dns.promises.lookup };

/** Answers a lookup by callback; false when the name is none of ours. */
function answered(hostname, options, done) {
  const addresses = addressesOf(String(hostname));
  if (addresses === undefined) return false;
  const found = lookupAnswer(addresses, options);
  if (found === undefined) process.nextTick(done, notFound('getaddrinfo', hostname));
  else if (options?.all) process.nextTick(done, null, found);
  else process.nextTick(done, null, found[0].address, 4);
  return true;
}

function patchLookup() {
  dns.lookup = function lookup(hostname, options, callback) {
    if (typeof options === 'function') {
      return answered(hostname, {}, options) ? {} : system.lookup(hostname, options);
    }
    return answered(hostname, options, callback) ? {} : system.lookup(hostname, options, callback);
  };
  dns.promises.lookup = async function lookup(hostname, options) {
    const addresses = addressesOf(String(hostname));
    if (addresses === undefined) return system.promised(hostname, options);
    const found = lookupAnswer(addresses, options);
    if (found === undefined) throw notFound('getaddrinfo', hostname);
    return options?.all ? found : found[0];
  };
}

/** What a query of one record type answers; undefined: not ours. */
function queryAnswer(type, hostname, options) {
  const addresses = addressesOf(String(hostname));
  if (addresses === undefined) return undefined;
  if (type !== 'A' || addresses.length === 0) return notFound(`query${type}`, hostname, 'ENOTFOUND');
  return shuffled(addresses).map((address) => (options?.ttl ? { address, ttl: 1 } : address));
}

const QUERIES = { resolve4: 'A', resolve6: 'Aaaa', resolveTxt: 'Txt', resolveSrv: 'Srv' };

function patchCallbacks(target) {
  for (const [method, type] of Object.entries(QUERIES)) {
    const original = target[method];
    target[method] = function query(...given) {
      const [hostname, options] = given;
      const done = given.at(-1);
      const answer = queryAnswer(type, hostname, options);
      if (answer === undefined) return Reflect.apply(original, this, given);
      if (answer instanceof Error) process.nextTick(done, answer);
      else process.nextTick(done, null, answer);
      return {};
    };
  }
}

function patchPromises(target) {
  for (const [method, type] of Object.entries(QUERIES)) {
    const original = target[method];
    target[method] = async function query(...given) {
      const answer = queryAnswer(type, ...given);
      if (answer === undefined) return Reflect.apply(original, this, given);
      if (answer instanceof Error) throw answer;
      return answer;
    };
  }
}

if (file !== undefined) {
  patchLookup();
  patchCallbacks(dns);
  patchCallbacks(dns.Resolver.prototype);
  patchPromises(dns.promises);
  patchPromises(dns.promises.Resolver.prototype);
  syncBuiltinESMExports();
}
