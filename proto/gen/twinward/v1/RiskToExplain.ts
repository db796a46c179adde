// Original file: twinward/v1/trajectory.proto


export interface RiskToExplain {
  'outcome'?: (string);
  'risk'?: (number | string);
}

export interface RiskToExplain__Output {
  'outcome': (string);
  'risk': (number);
}
