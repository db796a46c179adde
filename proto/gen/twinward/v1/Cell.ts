// Original file: twinward/v1/trajectory.proto


export interface Cell {
  'scenario'?: (number);
  'outcome'?: (number);
  'horizon'?: (number);
  'n'?: (number);
  'sN'?: (number | string);
  'sA'?: (number | string);
  'sNn'?: (number | string);
  'sAa'?: (number | string);
  'sNa'?: (number | string);
  'dN'?: (number | string);
  'dA'?: (number | string);
  'dNn'?: (number | string);
  'dAa'?: (number | string);
  'dNa'?: (number | string);
  'ineligible'?: (number);
}

export interface Cell__Output {
  'scenario': (number);
  'outcome': (number);
  'horizon': (number);
  'n': (number);
  'sN': (number);
  'sA': (number);
  'sNn': (number);
  'sAa': (number);
  'sNa': (number);
  'dN': (number);
  'dA': (number);
  'dNn': (number);
  'dAa': (number);
  'dNa': (number);
  'ineligible': (number);
}
