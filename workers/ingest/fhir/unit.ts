import { withoutFreeAnnotations } from '../deidentify/allowed-annotation.ts';

/** What is known of UCUM: whether an expression is one, and whether two measure the same kind of thing. */
export interface Ucum {
  isUnit(text: string): boolean;
  commensurable(one: string, other: string): boolean;
}

/** LOINC code → units that fit it, the canonical one first. */
export type UnitTable = ReadonlyMap<string, readonly string[]>;

/** Reads the units of measurements. */
export interface Units {
  /** The UCUM expression of a quantity's unit; empty when there is none or nobody knows it. */
  read(quantity: { readonly system?: unknown; readonly code?: unknown; readonly unit?: unknown }): string;
  /** Whether a unit fits a measurement's LOINC codes. A measurement that the table does not list fits any unit. */
  fits(loincCodes: readonly string[], ucum: string): boolean;
}

const UCUM_SYSTEM = 'http://unitsofmeasure.org';
const CACHE_LIMIT = 10_000;

/** How people write units, and the UCUM expression that they mean. Keys in lower case without blanks. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '%': '%',
    bpm: '/min',
    'beats/min': '/min',
    'beats/minute': '/min',
    'breaths/min': '/min',
    'breaths/minute': '/min',
    permin: '/min',
    perminute: '/min',
    degf: '[degF]',
    '°f': '[degF]',
    degc: 'Cel',
    '°c': 'Cel',
    c: 'Cel',
    mmhg: 'mm[Hg]',
    'mg/dl': 'mg/dL',
    'g/dl': 'g/dL',
    'mmol/l': 'mmol/L',
    'umol/l': 'umol/L',
    'µmol/l': 'umol/L',
    'meq/l': 'meq/L',
    'u/l': 'U/L',
    'iu/l': '[IU]/L',
    'kg/m²': 'kg/m2',
    'kg/m^2': 'kg/m2',
    lb: '[lb_av]',
    lbs: '[lb_av]',
    in: '[in_i]',
    inch: '[in_i]',
    inches: '[in_i]',
    kgs: 'kg',
    percent: '%',
    'k/ul': '10*3/uL',
    'thou/ul': '10*3/uL',
    'x10e3/ul': '10*3/uL',
    '10^3/ul': '10*3/uL',
    '10^9/l': '10*9/L',
    'mcg/l': 'ug/L',
    'mcg/ml': 'ug/mL',
    'µg/l': 'ug/L',
    'ml/min': 'mL/min',
    'ml/min/1.73m2': 'mL/min/{1.73_m2}',
    'ml/min/1.73m²': 'mL/min/{1.73_m2}',
  }),
);

/** Units over a table and a UCUM reader; answers are kept, so that each unit is worked out once. */
export function createUnits(ucum: Ucum, table: UnitTable): Units {
  const read = remember((text: string) => expression(text, ucum));
  const commensurable = remember((pair: string) => {
    const [one = '', other = ''] = pair.split(' ');
    return ucum.commensurable(one, other);
  });
  return {
    read: (quantity) => {
      const code =
        quantity.system === undefined || quantity.system === UCUM_SYSTEM ? quantity.code : undefined;
      const coded = typeof code === 'string' ? read(code) : '';
      return coded !== '' || typeof quantity.unit !== 'string' ? coded : read(quantity.unit);
    },
    fits: (loincCodes, unit) => {
      if (unit === '') return true;
      const accepted = loincCodes.flatMap((code) => table.get(code) ?? []);
      return (
        accepted.length === 0 ||
        accepted.includes(unit) ||
        accepted.some((candidate) => commensurable(`${unit} ${candidate}`))
      );
    },
  };
}

function expression(text: string, ucum: Ucum): string {
  if (text.length > 64) return '';
  const trimmed = text.trim();
  const alias = ALIASES.get(trimmed.toLowerCase().replaceAll(/\s/g, ''));
  const candidate = withoutFreeAnnotations(trimmed);
  if (!/\s/.test(candidate) && ucum.isUnit(candidate)) return candidate;
  return alias ?? '';
}

function remember<T>(work: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const fresh = work(key);
    if (known.size < CACHE_LIMIT) known.set(key, fresh);
    return fresh;
  };
}
