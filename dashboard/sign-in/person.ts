// Pure: who somebody is to Kubernetes, by the claims of their ID token and the rules that kube-apiserver has for them.
import type { Claims, Person } from '../ports.ts';

/** Which claims say who somebody is, and what is put before their values. */
export interface ClaimRules {
  readonly userClaim: string;
  readonly groupsClaim: string;
  readonly userPrefix: string;
  readonly groupsPrefix: string;
}

/** Why claims name nobody. */
export type Unnamed =
  | 'USER_CLAIM_MISSING'
  | 'EMAIL_NOT_VERIFIED'
  | 'GROUPS_CLAIM_UNREADABLE'
  | 'TOO_MANY_GROUPS';

/** What the twin service takes: bytes of a name with its prefix, groups. */
const LONGEST_NAME = 256;
const MOST_GROUPS = 64;
/** All names of a person together, as they travel in the headers of a call. */
const MOST_BYTES = 6_000;

/** The person of verified claims, or why there is none. Nothing is cut off: half of the groups could be other rights. */
export function personOf(claims: Claims, rules: ClaimRules): Person | Unnamed {
  const name = claims[rules.userClaim];
  if (!isName(name, rules.userPrefix)) return 'USER_CLAIM_MISSING';
  if (rules.userClaim === 'email' && claims['email_verified'] === false) return 'EMAIL_NOT_VERIFIED';
  const given = claims[rules.groupsClaim] ?? [];
  const names: readonly unknown[] = Array.isArray(given) ? given : [given];
  const isGroup = (each: unknown): each is string => isName(each, rules.groupsPrefix);
  if (!names.every(isGroup)) return 'GROUPS_CLAIM_UNREADABLE';
  const groups = [...new Set(names)].map((each) => rules.groupsPrefix + each);
  const person = { user: rules.userPrefix + name, groups };
  const bytes = [person.user, ...groups].reduce((sum, each) => sum + encodeURIComponent(each).length, 0);
  return groups.length > MOST_GROUPS || bytes > MOST_BYTES ? 'TOO_MANY_GROUPS' : person;
}

/** A text without control characters or halves of characters, which its prefix does not make one of Kubernetes' own. */
function isName(value: unknown, prefix: string): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    !`${prefix}${value}`.startsWith('system:') &&
    Buffer.byteLength(prefix + value) <= LONGEST_NAME &&
    value.isWellFormed() &&
    !/\p{Cc}/u.test(value)
  );
}
