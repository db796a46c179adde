// Original file: twinward/v1/trajectory.proto


export interface Progress {
  'leavesDone'?: (number);
  'leavesTotal'?: (number);
}

export interface Progress__Output {
  'leavesDone': (number);
  'leavesTotal': (number);
}
