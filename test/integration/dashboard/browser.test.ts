// The same in a real browser, by keyboard alone.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findChromium, openWindow, type Window } from './chromium.ts';
import { type DashboardStand, startDashboardStand, WARD } from './stand.ts';

const program = findChromium();
const skip =
  program === undefined ? 'no Chromium on the PATH: install the package chromium to run this' : false;
/** A folder for pictures, for whoever wants to look. */
const pictures = process.env['TWINWARD_TEST_PICTURES'];

describe('the dashboard in a browser', { skip, timeout: 300_000 }, () => {
  let stand: DashboardStand;
  let window: Window;
  before(async () => {
    stand = await startDashboardStand();
    stand.provider.accounts.set('anna', { email: `anna"><b>@clinic.example`, groups: ['clinicians'] });
    window = await openWindow(program ?? '');
  });
  after(async () => {
    await window?.close();
    await stand?.stop();
  });

  const keep = async (name: string): Promise<void> => {
    if (pictures !== undefined) writeFileSync(join(pictures, `${name}.png`), await window.screenshot());
  };
  /** Tabs until the element in focus has this text. */
  const tabTo = async (text: string): Promise<void> => {
    for (let tabs = 0; tabs < 80; tabs += 1) {
      await window.press('Tab');
      if ((await window.evaluate<string>('document.activeElement.textContent.trim()')) === text) return;
    }
    assert.fail(`no way to ${text} by the Tab key`);
  };
  const heading = (text: string): string =>
    `document.querySelector('h1')?.textContent === ${JSON.stringify(text)}`;

  it('goes from the sign-in to a forecast and out again by keyboard', async () => {
    await window.go(stand.url);
    await keep('welcome');
    await tabTo('Sign in');
    await window.press('Enter');
    await window.until("document.title === 'Provider'");
    await window.type('anna');
    await window.press('Enter');
    await window.until(heading('Namespaces'));
    await keep('namespaces');
    await tabTo(WARD);
    await window.press('Enter');
    await window.until(heading(WARD));
    await keep('twins');
    await window.go(`${stand.url}/namespaces/${WARD}/twins/${stand.handle}`);
    await window.until(heading(`Twin ${stand.handle}`));
    await keep('twin');
    await tabTo('Sign out');
    await window.press('Enter');
    await window.until(heading('Signed out'));
    await window.go(`${stand.url}/namespaces/${WARD}/twins/${stand.handle}`);
    await window.until(heading('Sign in'));
    await keep('signed-out');
  });

  it('shows its style, runs nothing, and breaks no rule of its own policy', async () => {
    await window.go(stand.url);
    assert.equal(
      await window.evaluate("getComputedStyle(document.querySelector('.button')).borderTopStyle"),
      'solid',
    );
    assert.equal(await window.evaluate('document.scripts.length'), 0);
    assert.deepEqual(
      window.messages.filter((text) => /Content Security Policy|Refused/.test(text)),
      [],
    );
  });

  it('gives no cookie to scripts', async () => {
    assert.equal(await window.evaluate('document.cookie'), '');
  });
});
