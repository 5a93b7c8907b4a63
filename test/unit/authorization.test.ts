import { describe, expect, it } from 'vitest'
import { authorizationFor, parseChallenge, strongestChallenge } from '../../src/media/rtsp/authorization.ts'

const rfc7616 = {
  credentials: { username: 'Mufasa', password: 'Circle of Life' },
  use: {
    method: 'GET',
    uri: '/dir/index.html',
    count: 1,
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  },
  challenge: (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
}

describe('the examples of RFC 7616 3.9.1', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('%s', (algorithm, response) => {
    const challenge = parseChallenge(rfc7616.challenge(algorithm))
    if (challenge === null) throw new Error('not understood')
    const header = authorizationFor(challenge, rfc7616.credentials, rfc7616.use)
    expect(header).toContain(`response="${response}"`)
    expect(header).toContain('qop=auth, nc=00000001')
    expect(header).not.toContain('Circle')
  })
})

it('meets a challenge without qop, as most cameras send it (RFC 2069)', () => {
  const challenge = parseChallenge(
    'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
  )
  if (challenge === null) throw new Error('not understood')
  const header = authorizationFor(
    challenge,
    { username: 'Mufasa', password: 'Circle Of Life' },
    { method: 'GET', uri: '/dir/index.html', count: 1, cnonce: 'x' },
  )
  expect(header).toContain('response="670fd8c2df070c60b045671b8b24ff02"')
  expect(header).not.toContain('cnonce')
})

it('prefers SHA-256 to MD5 to Basic, whatever order they come in', () => {
  const headers = [
    'Basic realm="x"',
    'Digest realm="x", nonce="1"',
    'Digest realm="x", nonce="2", algorithm=SHA-256',
  ]
  const chosen = (list: string[]) => {
    const challenge = strongestChallenge(list)
    return challenge?.scheme === 'digest' ? challenge.hash : challenge?.scheme
  }
  expect(chosen(headers)).toBe('sha256')
  expect(chosen(headers.slice(0, 2))).toBe('md5')
  expect(chosen(headers.slice(0, 1))).toBe('basic')
})

it.each([
  ['an unknown scheme', 'Negotiate'],
  ['an unknown algorithm', 'Digest realm="x", nonce="1", algorithm=SHA-512-256'],
  ['no nonce', 'Digest realm="x"'],
  ['only integrity protection', 'Digest realm="x", nonce="1", qop="auth-int"'],
  ['nothing', ''],
])('does not meet %s', (_what, header) => {
  expect(strongestChallenge([header])).toBeNull()
})

it('quotes a user name that would end its field', () => {
  const header = authorizationFor(
    {
      scheme: 'digest',
      realm: 'a"b',
      nonce: '1',
      opaque: null,
      hash: 'md5',
      session: false,
      algorithm: null,
      qopAuth: false,
      stale: false,
    },
    { username: 'x", uri="/other', password: 'y' },
    { method: 'DESCRIBE', uri: 'rtsp://c/', count: 1, cnonce: 'z' },
  )
  expect(header).toContain('username="x\\", uri=\\"/other"')
})
