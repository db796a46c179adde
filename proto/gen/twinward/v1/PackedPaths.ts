// Original file: twinward/v1/trajectory.proto


export interface PackedPaths {
  'offsetsU32'?: (Buffer | Uint8Array | string);
  'scenarioU8'?: (Buffer | Uint8Array | string);
  'eventU16'?: (Buffer | Uint8Array | string);
  'daysF64'?: (Buffer | Uint8Array | string);
  'endU8'?: (Buffer | Uint8Array | string);
}

export interface PackedPaths__Output {
  'offsetsU32': (Buffer);
  'scenarioU8': (Buffer);
  'eventU16': (Buffer);
  'daysF64': (Buffer);
  'endU8': (Buffer);
}
