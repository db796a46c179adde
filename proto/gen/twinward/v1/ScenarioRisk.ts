// Original file: twinward/v1/twin_data.proto


export interface ScenarioRisk {
  'scenario'?: (string);
  'outcome'?: (string);
  'horizonDays'?: (number | string);
  'risk'?: (number | string);
  'low'?: (number | string);
  'high'?: (number | string);
  'level'?: (number | string);
  'difference'?: (number | string);
  'differenceLow'?: (number | string);
  'differenceHigh'?: (number | string);
  'ineligible'?: (number | string);
  'calibrated'?: (boolean);
}

export interface ScenarioRisk__Output {
  'scenario': (string);
  'outcome': (string);
  'horizonDays': (number);
  'risk': (number);
  'low': (number);
  'high': (number);
  'level': (number);
  'difference': (number);
  'differenceLow': (number);
  'differenceHigh': (number);
  'ineligible': (number);
  'calibrated': (boolean);
}
