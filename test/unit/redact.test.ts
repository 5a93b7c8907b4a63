import { expect, it } from 'vitest'
import { redactCredentials } from '../../src/domain/redact.ts'
import { createLog } from '../../src/platform/log.ts'

it.each([
  ['rtsp://admin:pa55@10.0.0.1/main', 'rtsp://***@10.0.0.1/main'],
  ['rtsp://admin:p@5/5@10.0.0.1/main failed', 'rtsp://***@10.0.0.1/main failed'],
  ['GET /live?token=abc&x=1', 'GET /live?token=***&x=1'],
  ['Authorization: Digest username="a", response="b"\r\nCSeq: 1', 'Authorization: ***\r\nCSeq: 1'],
  ['nothing to hide at http://host/path', 'nothing to hide at http://host/path'],
])('%s', (text, clean) => {
  expect(redactCredentials(text)).toBe(clean)
})

it('keeps credentials out of every part of a log line', () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line) => lines.push(line) })
  const error = new Error('no answer from rtsp://admin:s3cret@camera/1')
  log.child({ url: 'rtsp://admin:s3cret@camera/1' }).warn(
    {
      err: error,
      password: 's3cret',
      body: { password: 's3cret', nested: { token: 's3cret' } },
      request: 'DESCRIBE *\r\nAuthorization: Digest username="x", response="s3cret"\r\n',
    },
    'redirected to http://a:s3cret@b',
  )
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('s3cret')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', url: 'rtsp://***@camera/1' })
})
