// Writes the counts of a node:test run as one JSON line, for the closing summary of test/run.ts.
export default async function* counts(source) {
  for await (const event of source) {
    if (event.type === 'test:summary' && event.data.file === undefined) {
      yield `${JSON.stringify({ ...event.data.counts, success: event.data.success })}\n`;
    }
  }
}
