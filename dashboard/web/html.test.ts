import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Content, type Html, html } from './html.ts';

describe('a template', () => {
  const cases: readonly [name: string, given: Html, want: string][] = [
    [
      'escapes markup',
      html`<p>${'<script>alert(1)</script>'}</p>`,
      '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>',
    ],
    [
      'escapes quotes',
      html`<a title="${`"x' onload=\``}">a</a>`,
      '<a title="&quot;x&#39; onload=&#96;">a</a>',
    ],
    ['escapes what is escaped already', html`${'&lt;'}`, '&amp;lt;'],
    ['takes markup of a template as it is', html`<p>${html`<b>${'<'}</b>`}</p>`, '<p><b>&lt;</b></p>'],
    [
      'takes lists',
      html`<ul>${['a', 'b<'].map((text) => html`<li>${text}</li>`)}</ul>`,
      '<ul><li>a</li><li>b&lt;</li></ul>',
    ],
    ['takes numbers', html`${1} ${2n}`, '1 2'],
    ['leaves nothing of undefined and false', html`[${undefined}${false}]`, '[]'],
    [
      'takes several attributes',
      html`<a class="${'a'}" href="${'/b'}">${'c'}</a>`,
      '<a class="a" href="/b">c</a>',
    ],
  ];
  for (const [name, given, want] of cases) it(name, () => assert.equal(given.markup, want));

  it('escapes any text, in text and in attributes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { markup } = html`<p title="${text}">${text}</p>`;
        assert.match(markup, /^<p title="[^<>"'`]*">[^<>"'`]*<\/p>$/);
      }),
    );
  });

  it('refuses an object that only looks like markup', () => {
    const forged: Content = { markup: '<script>' };
    assert.throws(() => html`<p>${forged}</p>`, TypeError);
  });

  const places: readonly [name: string, make: () => Html][] = [
    ['an attribute without quotes', () => html`<a href=${'x'}>`],
    ['the name of a tag', () => html`<${'b'}>`],
    ['the name of an attribute', () => html`<a ${'onload'}="x">`],
    ['a script', () => html`<script>${'x'}</script>`],
    ['a style', () => html`<style>${'x'}</style>`],
    ['a comment', () => html`<!-- ${'x'} -->`],
  ];
  for (const [name, make] of places) it(`refuses a value in ${name}`, () => assert.throws(make, TypeError));
});
