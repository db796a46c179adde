// Original file: twinward/v1/twin_data.proto


export interface FileReading {
  'file'?: (string);
  'from'?: (number);
  'to'?: (number);
  'complete'?: (boolean);
  'gone'?: (boolean);
}

export interface FileReading__Output {
  'file': (string);
  'from': (number);
  'to': (number);
  'complete': (boolean);
  'gone': (boolean);
}
