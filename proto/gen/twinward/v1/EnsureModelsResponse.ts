// Original file: twinward/v1/twin_control.proto


export interface EnsureModelsResponse {
}

export interface EnsureModelsResponse__Output {
}
