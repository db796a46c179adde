/** Why a record is quarantined. Constants: they leave the process in counts, metrics and the store. */
export const RejectReason = {
  malformedJson: 'MALFORMED_JSON',
  malformedCsv: 'MALFORMED_CSV',
  truncatedGzip: 'TRUNCATED_GZIP',
  corruptGzip: 'CORRUPT_GZIP',
  notFhir: 'NOT_FHIR',
  fhirVersion: 'FHIR_VERSION',
  noPatient: 'NO_PATIENT',
  impossibleDate: 'IMPOSSIBLE_DATE',
  unitMismatch: 'UNIT_MISMATCH',
  invalidHandle: 'INVALID_HANDLE',
  handleConflict: 'HANDLE_CONFLICT',
  tooLarge: 'TOO_LARGE',
} as const;

/** One of the reasons of this process; the service adds its own (SUBJECT_SUPPRESSED, SUBJECT_RESTRICTED, …). */
export type RejectReason = (typeof RejectReason)[keyof typeof RejectReason];

/** Reasons that the service may give for a record that this process let through. */
export const SERVICE_REASONS = [
  'SUBJECT_SUPPRESSED',
  'SUBJECT_RESTRICTED',
  'MALFORMED_RECORD',
  'OTHER',
] as const;

/** Why a scan failed; said in CloseSync and in the termination log. */
export const ScanFailure = {
  sourceUnreadable: 'SOURCE_UNREADABLE',
  sourceMissing: 'SOURCE_MISSING',
  sourceDenied: 'SOURCE_DENIED',
} as const;

/** One of the reasons why a source cannot be read. */
export type ScanFailure = (typeof ScanFailure)[keyof typeof ScanFailure];
