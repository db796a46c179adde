// The twin service, asked as a person: the token says that the dashboard calls, the headers say for whom.
import { Metadata } from '@grpc/grpc-js';
import type { ServiceClient } from '#proto/connect.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import type { Person, Twins } from '../ports.ts';

const READ_MS = 10_000;
const WHAT_IF_MS = 30_000;

/** The twin service behind a client that shows the dashboard's own token. */
export function grpcTwins(client: ServiceClient<TwinDataDefinition>): Twins {
  return {
    read: (person, namespace, handle) =>
      client.call('GetTwin', { handle }, READ_MS, undefined, headersOf(person, namespace)),
    whatIf: (person, namespace, request) =>
      client.call('WhatIf', request, WHAT_IF_MS, undefined, headersOf(person, namespace)),
  };
}

/** Who asks, and about which namespace. Values are percent-encoded: names need not be ASCII. */
export function headersOf({ user, groups }: Person, namespace: string): Metadata {
  const headers = new Metadata();
  headers.set('twinward-user', encodeURIComponent(user));
  for (const group of groups) headers.add('twinward-group', encodeURIComponent(group));
  headers.set('twinward-namespace', namespace);
  return headers;
}
