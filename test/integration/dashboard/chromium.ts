// Drives a real Chromium over its debugging protocol: enough to type, press and read what a person would.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A window of a browser. */
export interface Window {
  go(url: string): Promise<void>;
  /** Value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** Presses a key, such as Tab or Enter. */
  press(key: string): Promise<void>;
  type(text: string): Promise<void>;
  /** PNG of the whole page. */
  screenshot(): Promise<Buffer>;
  /** Waits until an expression is true in the page. */
  until(expression: string): Promise<void>;
  /** What the console said, violations of the policy included. */
  readonly messages: readonly string[];
  close(): Promise<void>;
}

const CANDIDATES = ['chromium', 'chromium-browser', 'google-chrome'];
const KEYS: Readonly<Record<string, { readonly code: number; readonly text?: string }>> = {
  Tab: { code: 9 },
  Enter: { code: 13, text: '\r' },
};

/** The program of a browser; undefined when there is none. */
export function findChromium(): string | undefined {
  return CANDIDATES.find((name) => spawnSync(name, ['--version']).status === 0);
}

type Params = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

/** Opens a window. Certificates are not judged: the provider of tests has one of its own. */
export async function openWindow(program: string): Promise<Window> {
  const folder = mkdtempSync(join(tmpdir(), 'chromium-'));
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--ignore-certificate-errors',
    '--hide-scrollbars',
  ];
  const process = spawn(
    program,
    [
      ...flags,
      '--window-size=1180,900',
      '--remote-debugging-port=0',
      `--user-data-dir=${folder}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const browser = await addressOf(process);
  const targets = (await (await fetch(`http://${new URL(browser).host}/json/list`)).json()) as {
    readonly type: string;
    readonly webSocketDebuggerUrl: string;
  }[];
  const messages: string[] = [];
  const send = await connected(
    targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '',
    messages,
  );
  for (const domain of ['Page', 'Runtime', 'Log']) await send(`${domain}.enable`);
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result } = await send('Runtime.evaluate', { expression, returnByValue: true });
    return (result as { readonly value: T }).value;
  };
  const until = async (expression: string): Promise<void> => {
    const end = Date.now() + 20_000;
    while (!(await evaluate<boolean>(`Boolean(${expression})`).catch(() => false))) {
      if (Date.now() > end) throw new Error(`never so in the page: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return {
    messages,
    evaluate,
    until,
    go: async (url) => {
      await send('Page.navigate', { url });
      await until("document.readyState === 'complete'");
    },
    press: async (key) => {
      const { code = 0, text } = KEYS[key] ?? {};
      const event = { key, windowsVirtualKeyCode: code, ...(text === undefined ? {} : { text }) };
      await send('Input.dispatchKeyEvent', { type: text === undefined ? 'rawKeyDown' : 'keyDown', ...event });
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    },
    type: async (text) => void (await send('Input.insertText', { text })),
    screenshot: async () => {
      const { data } = await send('Page.captureScreenshot', { captureBeyondViewport: true });
      return Buffer.from(String(data), 'base64');
    },
    close: async () => {
      process.kill();
      await new Promise((resolve) => process.once('close', resolve));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function addressOf(process: ChildProcess): Promise<string> {
  if (process.stderr === null) throw new Error('the browser has no standard error');
  let said = '';
  for await (const line of createInterface({ input: process.stderr })) {
    said += `${line}\n`;
    const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(`the browser ended:\n${said}`);
}

type Send = (method: string, params?: Params) => Promise<Params>;

async function connected(url: string, messages: string[]): Promise<Send> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, (message: Message) => void>();
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
    else if (message.method === 'Log.entryAdded' || message.method === 'Runtime.consoleAPICalled')
      messages.push(JSON.stringify(message.params));
  });
  let last = 0;
  return (method, params = {}) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, ({ error, result }) => {
        if (error !== undefined) reject(new Error(`${method}: ${error.message}`));
        else resolve(result ?? {});
      });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
}
