import { UcumLhcUtils } from '@lhncbc/ucum-lhc';
import type { Ucum } from './unit.ts';

const PRINTED = ['log', 'info', 'warn', 'error'] as const;

/**
 * UCUM by the library of the U.S. National Library of Medicine. It prints the expressions that it cannot read, which
 * may be anything that stands in a unit field; what it prints is therefore dropped. It throws on some of them, such as
 * the names that every object of JavaScript has; those are no units.
 */
export function createUcum(): Ucum {
  const library = UcumLhcUtils.getInstance();
  return {
    isUnit: (text) =>
      silently(() => {
        const answer = library.validateUnitString(text);
        return answer.status === 'valid' && answer.ucumCode === text;
      }),
    commensurable: (one, other) =>
      silently(() => library.convertUnitTo(one, 1, other).status === 'succeeded'),
  };
}

/** Answers a question while the console is mute; what cannot be answered is not so. */
function silently(work: () => boolean): boolean {
  const printer = globalThis.console;
  const saved = { log: printer.log, info: printer.info, warn: printer.warn, error: printer.error };
  for (const name of PRINTED) printer[name] = () => undefined;
  try {
    return work();
  } catch {
    return false;
  } finally {
    Object.assign(printer, saved);
  }
}
