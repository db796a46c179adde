declare module '@lhncbc/ucum-lhc' {
  interface Conversion {
    readonly status: 'succeeded' | 'failed' | 'error';
    readonly toVal: number | null;
  }
  interface Validation {
    readonly status: 'valid' | 'invalid' | 'error';
    readonly ucumCode: string | null;
  }
  interface Utilities {
    validateUnitString(text: string): Validation;
    convertUnitTo(from: string, value: number, to: string): Conversion;
  }
  const UcumLhcUtils: { getInstance(): Utilities };
}
