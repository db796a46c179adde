// Preloaded into the unit tests: a property that fails is shrunk for a while, not for hours, and then reported.
import fc from 'fast-check';

const MILLISECONDS = 20_000;

fc.configureGlobal({ interruptAfterTimeLimit: MILLISECONDS, markInterruptAsFailure: true });
