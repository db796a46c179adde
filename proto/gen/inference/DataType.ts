// Original file: inference/grpc_service.proto

export const DataType = {
  TYPE_INVALID: 'TYPE_INVALID',
  TYPE_INT32: 'TYPE_INT32',
  TYPE_FP32: 'TYPE_FP32',
} as const;

export type DataType =
  | 'TYPE_INVALID'
  | 0
  | 'TYPE_INT32'
  | 8
  | 'TYPE_FP32'
  | 11

export type DataType__Output = typeof DataType[keyof typeof DataType]
