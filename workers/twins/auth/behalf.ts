// Pure: whom a proxy speaks for, by the headers of its call. A name is percent-encoded UTF-8, a comma included, because
// HTTP joins headers of one name by commas.
import type { Metadata } from '@grpc/grpc-js';
import type { User } from '../ports.ts';
import { Refusal } from '../server/failure.ts';

type Headers = Pick<Metadata, 'get'>;

const userHeader = 'twinward-user';
const groupHeader = 'twinward-group';
const namespaceHeader = 'twinward-namespace';
const all = [userHeader, groupHeader, namespaceHeader];

const mostGroups = 64;
const mostBytes = 256;
/** Names that Kubernetes keeps to itself: nobody signs in as one of these. */
const reserved = 'system:';
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Visible characters without percent and comma, and encoded bytes. */
const encoded = /^(?:[!-$&-+\--~]|%[0-9A-Fa-f]{2})+$/;

/** Whether a caller claims to speak for somebody, rightly or not. */
export function speaksForSomebody(headers: Headers): boolean {
  return all.some((name) => headers.get(name).length > 0);
}

/** The namespace that is asked for. Refuses NAMESPACE_MALFORMED. */
export function namespaceAskedFor(headers: Headers): string {
  const [namespace = '', ...more] = valuesOf(headers, namespaceHeader);
  if (more.length === 0 && label.test(namespace)) return namespace;
  throw new Refusal('NAMESPACE_MALFORMED', `send ${namespaceHeader} exactly once: the name of a namespace`);
}

/** The person who asks in `namespace`. Refuses PERSON_MALFORMED and PERSON_RESERVED; no name is in the message. */
export function personSpokenFor(headers: Headers, namespace: string): User {
  const [user, ...more] = valuesOf(headers, userHeader);
  if (user === undefined || more.length > 0) {
    throw malformed(`send ${userHeader} exactly once, with commas in it as %2C`);
  }
  const groups = valuesOf(headers, groupHeader);
  if (groups.length > mostGroups) throw malformed(`send ${groupHeader} at most ${mostGroups} times`);
  return {
    namespace,
    username: nameOf(userHeader, user),
    groups: groups.map((group) => nameOf(groupHeader, group)),
  };
}

function valuesOf(headers: Headers, name: string): readonly string[] {
  return headers.get(name).flatMap((value) =>
    String(value)
      .split(',')
      .map((part) => part.trim()),
  );
}

function nameOf(header: string, value: string): string {
  const name = encoded.test(value) ? decoded(value) : undefined;
  if (name === undefined || /\p{Cc}/u.test(name)) {
    throw malformed(`${header} must be a name in percent-encoded UTF-8, without control characters`);
  }
  if (Buffer.byteLength(name) > mostBytes) throw malformed(`${header} is longer than ${mostBytes} bytes`);
  if (name.startsWith(reserved)) {
    throw new Refusal(
      'PERSON_RESERVED',
      `${header} must not begin with ${reserved}: such names are no people's`,
    );
  }
  return name;
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function malformed(message: string): Refusal {
  return new Refusal('PERSON_MALFORMED', message);
}
