// A bucket of Google Cloud Storage over its JSON API, as the pod's own service account (metadata server).
import { type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { SourceError } from '../../errors.ts';
import type { FileStore, SourceFile } from '../../ports.ts';
import { ScanFailure } from '../../reasons.ts';

/** Where a bucket is reached. */
export interface BucketOptions {
  readonly bucket: string;
  /** Objects below it; paths are given without it. */
  readonly prefix: string;
  /** Base URL of the API. */
  readonly apiUrl: string;
  /** Base URL of the metadata server. */
  readonly metadataUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const TOKEN_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
const TIMEOUT_MS = 60_000;

const pageSchema = z.object({
  items: z
    .array(
      z.object({
        name: z.string(),
        size: z.string().regex(/^\d+$/),
        updated: z.iso.datetime(),
        generation: z.string(),
      }),
    )
    .optional(),
  nextPageToken: z.string().optional(),
});
const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number() });

/** The objects of a bucket as files. */
export function createBucket(options: BucketOptions): FileStore {
  const token = tokenSource(options);
  const folder =
    options.prefix === '' || options.prefix.endsWith('/') ? options.prefix : `${options.prefix}/`;
  const objects = `${options.apiUrl}/storage/v1/b/${encodeURIComponent(options.bucket)}/o`;
  return {
    list: async () => {
      const files: SourceFile[] = [];
      let pageToken: string | undefined;
      do {
        const query = new URLSearchParams({
          prefix: folder,
          fields: FIELDS,
          ...(pageToken && { pageToken }),
        });
        const page = pageSchema.safeParse(await getJson(`${objects}?${query}`, await token()));
        if (!page.success) throw unreadable();
        files.push(...(page.data.items ?? []).map((item) => toFile(item, folder)));
        pageToken = page.data.nextPageToken;
      } while (pageToken !== undefined);
      return files;
    },
    open: (file) => download(objects, folder, file, token),
  };
}

const FIELDS = 'items(name,size,updated,generation),nextPageToken';

function toFile(
  item: { name: string; size: string; updated: string; generation: string },
  folder: string,
): SourceFile {
  return {
    path: item.name.slice(folder.length),
    size: Number(item.size),
    version: item.generation,
    modifiedAt: Date.parse(item.updated),
  };
}

async function* download(
  objects: string,
  folder: string,
  file: SourceFile,
  token: () => Promise<string>,
): AsyncGenerator<Buffer> {
  // The generation pins the content that was listed; `Accept-Encoding` keeps stored gzip as it is.
  const query = new URLSearchParams({ alt: 'media', generation: file.version });
  const url = `${objects}/${encodeURIComponent(folder + file.path)}?${query}`;
  const body = await get(url, { authorization: `Bearer ${await token()}`, 'accept-encoding': 'gzip' });
  for await (const chunk of body) yield Buffer.from(chunk);
}

/** The service account's token, taken anew a minute before it expires. */
function tokenSource(options: BucketOptions): () => Promise<string> {
  let known: { readonly token: string; readonly until: number } | undefined;
  return async () => {
    if (known !== undefined && options.now() < known.until) return known.token;
    const body = await get(`${options.metadataUrl}${TOKEN_PATH}`, { 'metadata-flavor': 'Google' });
    const answer = tokenSchema.safeParse(await body.json());
    if (!answer.success) throw denied();
    const until = options.now() + (answer.data.expires_in - 60) * 1000;
    known = { token: answer.data.access_token, until };
    return known.token;
  };
}

async function getJson(url: string, token: string): Promise<unknown> {
  const body = await get(url, { authorization: `Bearer ${token}` });
  return await body.json();
}

async function get(url: string, headers: Record<string, string>): Promise<Dispatcher.ResponseData['body']> {
  const options = { headers, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS };
  const response = await request(url, options).catch(() => {
    throw unreadable();
  });
  if (response.statusCode === 200) return response.body;
  await response.body.dump();
  throw failure(response.statusCode);
}

function failure(statusCode: number): SourceError {
  if (statusCode === 404) {
    return new SourceError(
      ScanFailure.sourceMissing,
      'the bucket or an object of it does not exist: correct spec.folder.uri of the DataSource',
    );
  }
  return statusCode === 401 || statusCode === 403 ? denied() : unreadable();
}

function denied(): SourceError {
  return new SourceError(
    ScanFailure.sourceDenied,
    'the bucket may not be read: give the service account of the pod the role storage.objectViewer',
  );
}

function unreadable(): SourceError {
  return new SourceError(
    ScanFailure.sourceUnreadable,
    'Cloud Storage or the metadata server did not answer as expected: it is tried again',
  );
}
