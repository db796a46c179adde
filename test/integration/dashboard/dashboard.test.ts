// People in a browser: signed in by a real OpenID provider, their rights asked of a real API server, their twins read
// from a real twin service.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { statin } from '../twins/generator.ts';
import { type Browser, openBrowser, type Page } from './browser.ts';
import { type DashboardStand, startDashboardStand, WARD } from './stand.ts';

const SESSION = '__Host-twinward-session';
const HOSTILE = `"><script>alert('x')</script>@clinic.example`;

describe('the dashboard', { timeout: 300_000 }, () => {
  let stand: DashboardStand;
  before(async () => {
    stand = await startDashboardStand();
    const { accounts } = stand.provider;
    accounts.set('anna', { email: 'anna@clinic.example', groups: ['clinicians'] });
    accounts.set('berta', { email: 'berta@clinic.example', groups: ['porters'] });
    accounts.set('mallory', { email: HOSTILE, groups: ['clinicians'] });
    accounts.set('nobody', { email: '', groups: [] });
    accounts.set('crowd', {
      email: 'crowd@clinic.example',
      groups: Array.from({ length: 65 }, (_, at) => `g${at}`),
    });
  });
  after(async () => {
    await stand?.stop();
  });

  const newBrowser = (): Browser => openBrowser(stand.provider.certificate);
  const twinPath = (): string => `/namespaces/${WARD}/twins/${stand.handle}`;
  const open = (browser: Browser, path: string): Promise<Page> => browser.get(stand.url + path);

  /** Signs somebody in, beginning at a page of the dashboard. */
  async function signedIn(
    name: string,
    path = '/',
  ): Promise<{ readonly browser: Browser; readonly page: Page }> {
    const browser = newBrowser();
    const form = await open(browser, `/sign-in?to=${encodeURIComponent(path)}`);
    assert.match(form.url.pathname, /^\/interaction\//, form.text);
    return { browser, page: await browser.post(form.url, { login: name }) };
  }

  const tokenOf = (page: Page): string => /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';

  it('shows a twin to somebody who may read it, from the sign-in to the sign-out', async () => {
    const stranger = await open(newBrowser(), twinPath());
    assert.equal(stranger.status, 401);
    assert.ok(!/%/.test(stranger.text.replace(/sign-in\?to=[^"]*/, '')), 'no figure');
    const { browser, page } = await signedIn('anna', twinPath());
    assert.equal(page.status, 200, page.text);
    assert.equal(page.url.pathname, twinPath());
    assert.match(page.text, /Signed in as <strong>oidc:anna@clinic\.example<\/strong>/);
    const [, risk = '', low = '', high = ''] =
      /<th scope="row">MI<\/th>\s*<td>5 years<\/td>\s*<td class="number"><strong>([\d.]+) %<\/strong><\/td>\s*<td class="number">([\d.]+) % to ([\d.]+) %/.exec(
        page.text,
      ) ?? [];
    assert.ok(Number(low) < Number(risk) && Number(risk) < Number(high), `${low} ${risk} ${high}`);
    const stored = await stand.twins.admin<{ text: string }>(
      'SELECT payload::text AS text FROM tw.prediction',
    );
    const risks = stored
      .flatMap(({ text }) => [...text.matchAll(/"risk": ?([\d.]+)/g)])
      .map(([, share]) => Number(share));
    assert.ok(
      risks.some((share) => (share * 100).toFixed(1) === risk),
      `${risk} is none of ${risks}`,
    );
    for (const word of [
      'not calibrated|calibrated',
      'What goes with these risks',
      'raises \\+',
      'What this does not say',
      'Read this first',
      'not a promised effect',
    ])
      assert.match(page.text, new RegExp(word));

    const read = await stand.twins.admin<{ actor: string }>(
      "SELECT DISTINCT actor FROM audit.entry WHERE kind = 'get' AND outcome = 'Allowed'",
    );
    assert.deepEqual(
      read.map(({ actor }) => actor),
      ['oidc:anna@clinic.example via twinward-system/twinward-dashboard'],
      'the audit log names the person and the way',
    );

    const left = await browser.post(`${stand.url}/sign-out`, { token: tokenOf(page) });
    assert.match(left.text, /<h1>Signed out<\/h1>/);
    assert.equal(browser.cookie(stand.url, SESSION), undefined);
    assert.equal((await open(browser, twinPath())).status, 401);
    const rows = await stand.twins.admin(
      "SELECT 1 FROM twinward_dashboard.session WHERE person = 'oidc:anna@clinic.example'",
    );
    assert.equal(rows.length, 0, 'the row is gone, not only the cookie');
  });

  it('lists namespaces and twins to those who may list them, page by page', async () => {
    const { browser, page } = await signedIn('anna');
    assert.match(page.text, /href="\/namespaces\/ward-a"/);
    assert.ok(!page.text.includes('ward-b'));
    const names = new Set<string>();
    let list = await open(browser, `/namespaces/${WARD}`);
    for (let pages = 1; ; pages += 1) {
      for (const [, name = ''] of list.text.matchAll(/twins\/(pt-[0-9a-z]{16})"/g)) names.add(name);
      const next = /rel="next" href="([^"]+)"/.exec(list.text)?.[1];
      if (next === undefined) {
        assert.equal(pages, 2);
        break;
      }
      list = await open(browser, next.replaceAll('&amp;', '&'));
    }
    assert.equal(names.size, 55);
    assert.ok(names.has(stand.handle));
    const broken = await open(browser, `/namespaces/${WARD}?after=abc`);
    assert.equal(broken.status, 200);
    assert.equal(broken.url.search, '', 'a page that is none begins anew');
    assert.equal((await open(browser, '/namespaces/ward-b')).status, 403);
  });

  it('refuses somebody without the role, and says nothing of what there is', async () => {
    const { browser, page } = await signedIn('berta');
    assert.match(page.text, /no namespace whose twins you may list/);
    const existing = await open(browser, twinPath());
    const missing = await open(browser, `/namespaces/${WARD}/twins/pt-jee0enq2t9vpdt8f`);
    const elsewhere = await open(browser, '/namespaces/no-such-ward/twins/pt-jee0enq2t9vpdt8f');
    assert.equal(existing.status, 403);
    assert.match(existing.text, /<code>VERB_REQUIRED<\/code>/);
    assert.equal(missing.text, existing.text);
    assert.equal(elsewhere.text, existing.text);
    assert.equal((await open(browser, `/namespaces/${WARD}`)).status, 403);
  });

  it('answers a what-if question to those who may ask', async () => {
    const { browser, page } = await signedIn('anna', twinPath());
    const fields = { token: tokenOf(page), system: 'atc', code: statin.code, action: 'start', years: '5' };
    const answer = await browser.post(`${stand.url}${twinPath()}/what-if`, fields);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /Difference to the twin as it is/);
    assert.match(answer.text, /[+−][\d.]+ points/);
    const unclear = await browser.post(`${stand.url}${twinPath()}/what-if`, { ...fields, code: '<script>' });
    assert.equal(unclear.status, 400);
    assert.ok(!unclear.text.includes('script'));
  });

  describe('a sign-in', () => {
    /** Up to the address that the provider sends the browser back to. */
    async function callback(browser: Browser): Promise<URL> {
      const form = await open(browser, '/sign-in');
      let page = await browser.step(form.url, { login: 'anna' });
      for (;;) {
        const next = page.headers.get('location') ?? assert.fail(page.text);
        if (next.startsWith(stand.url)) return new URL(next);
        page = await browser.step(next);
      }
    }

    it('is refused with a state of another browser', async () => {
      const browser = newBrowser();
      const url = await callback(browser);
      const page = await newBrowser().get(url);
      assert.equal(page.status, 400);
      assert.match(page.text, /SIGN_IN_EXPIRED/);
      assert.equal((await browser.get(url)).status, 200, 'the right browser is let in');
    });

    it('is refused with a forged state, and with a forged issuer', async () => {
      const browser = newBrowser();
      const url = await callback(browser);
      const forged = new URL(url);
      forged.searchParams.set('state', 'x'.repeat(43));
      const page = await browser.step(forged);
      assert.match(page.text, /SIGN_IN_EXPIRED/);
      const other = newBrowser();
      const again = await callback(other);
      again.searchParams.set('iss', 'https://evil.example');
      const refused = await other.step(again);
      assert.equal(refused.status, 403);
      assert.match(refused.text, /SIGN_IN_REFUSED/);
      assert.equal(other.cookie(stand.url, SESSION), undefined);
    });

    it('is refused with the answer of a sign-in that was used', async () => {
      const browser = newBrowser();
      const sealed = await (async () => {
        const url = await callback(browser);
        const cookie = browser.cookie(stand.url, '__Host-twinward-sign-in') ?? '';
        assert.equal((await browser.get(url)).status, 200);
        return { url, cookie };
      })();
      const second = newBrowser();
      second.setCookie(stand.url, '__Host-twinward-sign-in', sealed.cookie);
      const page = await second.step(sealed.url);
      assert.match(page.text, /SIGN_IN_REFUSED/);
    });

    it('is refused when the provider refuses', async () => {
      const { page } = await signedIn('');
      assert.equal(page.status, 403);
      assert.match(page.text, /SIGN_IN_REFUSED/);
    });

    it('is refused without a name, and with more groups than can be asked about', async () => {
      assert.match((await signedIn('nobody')).page.text, /USER_CLAIM_MISSING/);
      assert.match((await signedIn('crowd')).page.text, /TOO_MANY_GROUPS/);
    });

    it('never leads to another site', async () => {
      const { page } = await signedIn('anna', '//evil.example/');
      assert.equal(page.url.href, `${stand.url}/`);
    });
  });

  describe('a session', () => {
    it('is known by the hash of its secret, and by nothing else that is stored', async () => {
      const { browser } = await signedIn('anna');
      const secret = browser.cookie(stand.url, SESSION) ?? '';
      const rows = await stand.twins.admin<{ key: Buffer }>('SELECT * FROM twinward_dashboard.session');
      const key = createHash('sha256').update(secret).digest();
      assert.ok(rows.some((row) => row.key.equals(key)));
      assert.ok(!JSON.stringify(rows).includes(secret));
      assert.ok(!/eyJ/.test(JSON.stringify(rows)), 'no token of the provider');
      for (const forged of [
        key.toString('base64url'),
        key.toString('hex'),
        `${secret.slice(0, -2)}AA`,
        `${secret}A`,
      ]) {
        const thief = newBrowser();
        thief.setCookie(stand.url, SESSION, forged);
        assert.equal((await open(thief, twinPath())).status, 401, forged);
      }
      assert.equal((await open(browser, twinPath())).status, 200);
    });

    it('ends when nothing was asked for half an hour, and ten hours after its begin', async () => {
      const ages: readonly (readonly [column: string, ago: string])[] = [
        ['seen_at', '31 minutes'],
        ['ends_at', '1 second'],
      ];
      for (const [column, ago] of ages) {
        const { browser } = await signedIn('anna', twinPath());
        const key = createHash('sha256')
          .update(browser.cookie(stand.url, SESSION) ?? '')
          .digest();
        const more = column === 'ends_at' ? ", began_at = now() - interval '10 hours'" : '';
        await stand.twins.admin(
          `UPDATE twinward_dashboard.session SET ${column} = now() - $1::interval${more} WHERE key = $2`,
          [ago, key],
        );
        assert.equal((await open(browser, twinPath())).status, 401, column);
      }
    });

    it('has a role of the database that sees no record', async () => {
      const [row] = await stand.twins.admin<{ may: boolean }>(
        "SELECT bool_or(has_table_privilege('twinward_dashboard', c.oid, 'SELECT')) AS may FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'twinward_dashboard') AND c.relkind IN ('r', 'p')",
      );
      assert.equal(row?.may, false);
    });
  });

  describe('a form', () => {
    const cases: readonly (readonly [
      name: string,
      headers: Readonly<Record<string, string>>,
      hasToken: boolean,
    ])[] = [
      ['of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, true],
      [
        'of another site in a browser that does not say so',
        { origin: 'https://evil.example', 'sec-fetch-site': '' },
        true,
      ],
      ['of a neighbour', { 'sec-fetch-site': 'same-site' }, true],
      ['without the token of the session', {}, false],
    ];
    for (const [name, headers, hasToken] of cases) {
      it(`${name} is refused`, async () => {
        const { browser, page } = await signedIn('anna');
        const fields: Record<string, string> = hasToken ? { token: tokenOf(page) } : {};
        const refused = await browser.post(`${stand.url}/sign-out`, fields, headers);
        assert.equal(refused.status, 403);
        assert.match(refused.text, /FORM_REFUSED/);
        assert.equal((await open(browser, '/')).status, 200);
      });
    }

    it('with the token of another session is refused', async () => {
      const [anna, other] = [await signedIn('anna'), await signedIn('anna')];
      const refused = await anna.browser.post(`${stand.url}/sign-out`, { token: tokenOf(other.page) });
      assert.equal(refused.status, 403);
    });

    it('that is larger than any of ours is not read', async () => {
      const { browser, page } = await signedIn('anna');
      const big = { token: tokenOf(page), code: 'x'.repeat(10_000) };
      const refused = await browser.post(`${stand.url}${twinPath()}/what-if`, big);
      assert.equal(refused.status, 400);
      assert.match(refused.text, /BODY_TOO_LARGE/);
    });
  });

  it('makes nothing of a hostile name', async () => {
    const { page } = await signedIn('mallory', twinPath());
    assert.equal(page.status, 200, page.text);
    assert.ok(!/<script/i.test(page.text));
    assert.match(page.text, /oidc:&quot;&gt;&lt;script&gt;/);
  });

  it('lets no page run anything, be framed or be kept', async () => {
    const { browser } = await signedIn('anna');
    for (const path of ['/', twinPath(), '/nothing', '/sign-out']) {
      const { headers, text } = await open(browser, path);
      assert.equal(headers.get('cache-control'), 'no-store', path);
      assert.match(
        headers.get('content-security-policy') ?? '',
        /^default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      );
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'same-origin');
      assert.ok(!/<script|\son\w+=|\sstyle=|javascript:/i.test(text), path);
    }
  });

  it('slows down whoever asks too much', async () => {
    const { browser } = await signedIn('anna');
    const statuses = await Promise.all(
      Array.from({ length: 80 }, async () => (await open(browser, '/nothing-here')).status),
    );
    assert.ok(
      statuses.every((status) => status === 404),
      'what is no page costs nothing',
    );
    const pages = await Promise.all(
      Array.from({ length: 80 }, async () => (await open(browser, '/namespaces/x')).status),
    );
    assert.ok(pages.includes(429) || pages.includes(503), pages.join());
  });

  it('says what to do when a part is away, and ends in order', async () => {
    const { browser } = await signedIn('anna', twinPath());
    await stand.end();
    await stand.restart({ TWINWARD_TWINS_ADDRESS: '127.0.0.1:1' });
    const page = await open(browser, twinPath());
    assert.equal(page.status, 503);
    assert.match(page.text, /Try again in a minute/);
    assert.equal(page.headers.get('retry-after'), '5');
    assert.equal(await stand.end(), 0);
    await stand.restart();
    assert.equal((await open(browser, twinPath())).status, 200, 'sessions outlive the process');
  });

  it('lets a request in hand finish when it is told to end', async () => {
    const { browser, page } = await signedIn('anna', twinPath());
    const { hostname, port } = new URL(stand.url);
    const body = `token=${tokenOf(page)}`;
    const head = [
      'POST /sign-out HTTP/1.1',
      `host: ${hostname}:${port}`,
      `origin: ${stand.url}`,
      `cookie: ${SESSION}=${browser.cookie(stand.url, SESSION)}`,
      'content-type: application/x-www-form-urlencoded',
      `content-length: ${body.length}`,
    ];
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    const closed = once(socket, 'close');
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 5)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const ended = stand.end();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await assert.rejects(fetch(stand.url), 'nothing new is taken');
    socket.write(body.slice(5));
    await closed;
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(answer, /Signed out/);
    assert.equal(await ended, 0);
    await stand.restart();
  });

  it('counts requests without telling one person from another', async () => {
    await signedIn('anna', twinPath());
    const text = await (await fetch(`${stand.health}/metrics`)).text();
    assert.match(text, /twinward_dashboard_requests_total\{page="twin",result="ok"\} [1-9]/);
    assert.match(text, /twinward_dashboard_database_up 1/);
  });

  it('writes no name, handle, group or address into its log', () => {
    const output = stand.output();
    assert.match(output, /"name":"twin"/);
    for (const canary of [
      'anna',
      'mallory',
      'clinic.example',
      stand.handle,
      'clinicians',
      WARD,
      'script',
      '/namespaces',
    ])
      assert.ok(
        !output.includes(canary),
        `${canary} in\n${output.split('\n').find((line) => line.includes(canary))}`,
      );
    // Node itself warns in plain text of addresses without names, which only tests have.
    const lines = output.trim().split('\n');
    for (const line of lines.filter((each) => !each.startsWith('('))) JSON.parse(line);
  });
});
