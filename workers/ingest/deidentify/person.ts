// Who a patient is goes to the vault, and only there.
import { asObjects, asText, type JsonObject, textIn } from '../fhir/json.ts';

/** Identifier system of a twin's handle. */
export const HANDLE_SYSTEM = 'https://twinward.io/handle';

/** System and value, as in a FHIR Identifier. */
export interface PersonIdentifier {
  readonly system: string;
  readonly value: string;
}

/** What is known of a person. */
export interface Person {
  readonly identifiers: readonly PersonIdentifier[];
  /** Handle carried by the feed, else empty. */
  readonly handle: string;
  readonly sex: 'SEX_FEMALE' | 'SEX_MALE' | 'SEX_UNSPECIFIED';
  /** YYYY-MM-DD, YYYY-MM or YYYY; empty when unknown. */
  readonly birthDate: string;
  /** RFC 3339 or a partial date; empty while alive or unknown. */
  readonly deceased: string;
}

/** The person of a Patient resource. Identifiers without a system say nothing about whose they are: left out. */
export function readPerson(resource: JsonObject): Person {
  const identifiers = asObjects(resource['identifier']).flatMap((identifier) => {
    const system = textIn(identifier, 'system');
    const value = textIn(identifier, 'value');
    return system === undefined || value === undefined ? [] : [{ system, value }];
  });
  return {
    identifiers: identifiers.filter(({ system }) => system !== HANDLE_SYSTEM),
    handle: identifiers.find(({ system }) => system === HANDLE_SYSTEM)?.value ?? '',
    sex: readSex(resource['gender']),
    birthDate: asText(resource['birthDate']) ?? '',
    deceased: asText(resource['deceasedDateTime']) ?? '',
  };
}

function readSex(gender: unknown): Person['sex'] {
  if (gender === 'female') return 'SEX_FEMALE';
  return gender === 'male' ? 'SEX_MALE' : 'SEX_UNSPECIFIED';
}
