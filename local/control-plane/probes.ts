import { readFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { z } from 'zod';

const TIMEOUT_MILLISECONDS = 5_000;

/** Resolves when etcd says that it has a leader and answers. */
export async function probeEtcd(socketPath: string): Promise<void> {
  const body = await new Promise<string>((resolve, reject) => {
    const request = requestHttp(
      { socketPath, path: '/health', timeout: TIMEOUT_MILLISECONDS },
      collect(resolve, reject),
    );
    endWithin(request, reject);
  });
  const { health } = z.object({ health: z.string() }).parse(JSON.parse(body));
  if (health !== 'true') {
    throw new Error('etcd is not healthy');
  }
}

/** Resolves when the HTTPS server on this loopback port answers 200 at the path. */
export async function probeHttps(
  port: number,
  path: string,
  options: { readonly certificateFile?: string; readonly token?: string } = {},
): Promise<string> {
  const { certificateFile, token } = options;
  return new Promise((resolve, reject) => {
    const request = requestHttps(
      {
        host: '127.0.0.1',
        port,
        path,
        timeout: TIMEOUT_MILLISECONDS,
        agent: false,
        // Without a certificate file this asks a health path of a server that signs for itself in memory.
        ...(certificateFile === undefined
          ? { rejectUnauthorized: false }
          : { ca: readFileSync(certificateFile) }),
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      },
      collect(resolve, reject),
    );
    endWithin(request, reject);
  });
}

function collect(
  resolve: (body: string) => void,
  reject: (error: Error) => void,
): (response: IncomingMessage) => void {
  return (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    response.on('error', reject).on('end', () => {
      if (response.statusCode === 200) {
        resolve(body);
      } else {
        reject(new Error(`answered ${response.statusCode}`));
      }
    });
  };
}

function endWithin(request: ClientRequest, reject: (error: Error) => void): void {
  request.on('timeout', () => request.destroy(new Error('no answer')));
  request.on('error', reject).end();
}
