import { expect, it } from 'vitest'
import { isSameOrigin, readCredential } from '../../src/access/credential.ts'
import { oneTimePassword } from '../../src/access/passwords.ts'

it.each([
  [{}, null],
  [{ authorization: 'Bearer abc' }, { token: 'abc', from: 'bearer' }],
  [{ authorization: 'bearer  abc' }, { token: 'abc', from: 'bearer' }],
  [{ authorization: 'Bearer a b' }, null],
  [{ authorization: 'Basic abc', cookie: 'xueliang_session=x' }, null],
  [{ cookie: 'a=1; xueliang_session=x=y ; b=2' }, { token: 'x=y', from: 'cookie' }],
  [{ cookie: 'my_xueliang_session=x; =; ;' }, null],
  [
    { cookie: 'xueliang_session=x', authorization: 'Bearer y' },
    { token: 'y', from: 'bearer' },
  ],
])('finds the credential in %j', (headers, found) => {
  expect(readCredential(headers)).toEqual(found)
})

it.each([
  [{ host: 'g:8080' }, true],
  [{ host: 'g:8080', origin: 'http://g:8080' }, true],
  [{ host: 'g', origin: 'https://g' }, true],
  [{ host: 'g', origin: 'https://g:443' }, true],
  [{ host: 'g:8080', origin: 'http://g' }, false],
  [{ host: 'g', origin: 'http://g.evil.example' }, false],
  [{ host: 'g', origin: 'null' }, false],
  [{ host: 'g', origin: '' }, false],
  [{ host: 'g', 'sec-fetch-site': 'same-site' }, false],
])('takes %j for a page of our own: %s', (headers, own) => {
  expect(isSameOrigin(headers)).toBe(own)
})

it('makes one-time passwords that can be read out and not be guessed', () => {
  const made = Array.from({ length: 200 }, oneTimePassword)
  for (const password of made)
    expect(password).toMatch(/^[2-9a-hj-kmnp-tv-z]{5}(-[2-9a-hj-kmnp-tv-z]{5}){3}$/)
  expect(new Set(made).size).toBe(200)
  expect(new Set(made.join('').replaceAll('-', '')).size).toBe(30)
})
