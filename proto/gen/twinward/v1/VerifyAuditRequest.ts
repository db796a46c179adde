// Original file: twinward/v1/twin_data.proto


export interface VerifyAuditRequest {
}

export interface VerifyAuditRequest__Output {
}
