/**
 * Progress of long steps, as plain lines: what is being done, how long it took, and why it failed. One line
 * is printed when a step starts, one every ten seconds while it runs, one when it ends.
 */
export interface Progress {
  /** Runs `work` as a named step; `detail` replaces what the next line says about it. */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  /** Prints one line. */
  say(line: string): void;
}

const TICK_MILLISECONDS = 10_000;

/** Prints to `write`, one call per line. */
export function lineProgress(write: (line: string) => void, now: () => number = Date.now): Progress {
  return {
    say: write,
    async step(title, work) {
      const started = now();
      const elapsed = () => formatElapsed(now() - started);
      let detail = '';
      write(`… ${title}`);
      const ticker = setInterval(() => {
        write(`… ${title}${detail === '' ? '' : `: ${detail}`} (${elapsed()})`);
      }, TICK_MILLISECONDS);
      ticker.unref();
      try {
        const result = await work((text) => {
          detail = text;
        });
        write(`✓ ${title} (${elapsed()})`);
        return result;
      } catch (error) {
        write(`✗ ${title} (${elapsed()})`);
        throw error;
      } finally {
        clearInterval(ticker);
      }
    },
  };
}

/** Says nothing: for tests, where a failure carries its own text. */
export const silentProgress: Progress = {
  say: () => undefined,
  step: (_title, work) => work(() => undefined),
};

/** Milliseconds as people read them: `0.4 s`, `12 s`, `3 min 05 s`. */
export function formatElapsed(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  if (seconds < 60) {
    return `${Math.floor(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${String(Math.floor(seconds) % 60).padStart(2, '0')} s`;
}
