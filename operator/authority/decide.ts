// When a serving certificate, of the twin service or of a namespace's engines, is made anew. Pure.
//
// The key of the authority is never stored: an authority lives in the memory of one leader, signs, and is forgotten.
// What remains is its certificate in the trust bundle, and a note of when the leaf it signed runs out. A new leader
// therefore makes a new authority when a leaf is due, adds it to the bundle, lets the bundle spread, and signs. It then
// signs every other leaf anew as well, so that the bundle never has to hold more than the last few authorities.
import { type Duration, days, minutes } from '#runtime/duration.ts';

/** Life of the serving certificate, and of an authority's certificate. */
export const leafLife: Duration = days(90);
export const authorityLife: Duration = days(180);
/** Time for a changed ConfigMap to reach every mounted volume before anything is signed by a new authority. */
export const spreading: Duration = minutes(2);
/** A leaf is renewed when this share of its life is left. */
const renewalShare = 1 / 3;

/** The note of the leaf that was issued last. */
export interface LeafNote {
  readonly notAfter: Date;
  readonly names: readonly string[];
}

export interface Observed {
  /** Names that the certificate must hold. */
  readonly names: readonly string[];
  /** From the trust bundle's annotations; undefined before the first. */
  readonly leaf: LeafNote | undefined;
  /** When the authority in memory was published; undefined while there is none. */
  readonly publishedAt: Date | undefined;
  /** Whether the leaf was signed by the authority in memory. */
  readonly isSignedByPresent: boolean;
}

/** What to do now, and when to look again. */
export type Step =
  | { readonly do: 'Nothing'; readonly checkAgainIn: Duration }
  | { readonly do: 'PublishAuthority' }
  | { readonly do: 'IssueLeaf' };

/** Observed → step. */
export function decide(observed: Observed, now: Date): Step {
  const { leaf, publishedAt } = observed;
  const isGoodLeaf = leaf !== undefined && isGood(leaf, observed.names, now);
  if (isGoodLeaf && (publishedAt === undefined || observed.isSignedByPresent))
    return { do: 'Nothing', checkAgainIn: minutes(30) };
  if (publishedAt === undefined) return { do: 'PublishAuthority' };
  const waited = now.getTime() - publishedAt.getTime();
  // At first there is nobody to wait for: no caller trusts anything yet.
  if (leaf === undefined || waited >= spreading) return { do: 'IssueLeaf' };
  return { do: 'Nothing', checkAgainIn: minutes(1) };
}

function isGood(leaf: LeafNote, names: readonly string[], now: Date): boolean {
  const left = leaf.notAfter.getTime() - now.getTime();
  return left > leafLife * renewalShare && names.every((name) => leaf.names.includes(name));
}
