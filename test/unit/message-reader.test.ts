import { expect, it } from 'vitest'
import { MessageReader, readerLimits } from '../../src/media/rtsp/message-reader.ts'
import { Lcg } from '../harness/lcg.ts'

function reader() {
  const events: string[] = []
  const read = new MessageReader({
    packet: (channel, payload) => events.push(`${channel}:${payload.toString('hex')}`),
    reply: ({ status, body }) => events.push(`${status} ${body.toString()}`),
    request: ({ method }) => events.push(method),
  })
  return { read, events }
}

const frame = (channel: number, payload: Buffer) =>
  Buffer.concat([Buffer.from([0x24, channel, payload.length >> 8, payload.length & 255]), payload])
const rtp = Buffer.from('80600001000000010000000241', 'hex')
const stream = Buffer.concat([
  Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 5\r\n\r\nhello'),
  frame(0, rtp),
  Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n'),
  frame(1, rtp),
  Buffer.from('RTSP/1.0 404 Not Found\nCSeq: 2\n\n'),
])
const expected = ['200 hello', `0:${rtp.toString('hex')}`, 'OPTIONS', `1:${rtp.toString('hex')}`, '404 ']

it.each([1, 2, 3, 7, 50, 1000])('reads the same in pieces of %i bytes', (size) => {
  const { read, events } = reader()
  for (let at = 0; at < stream.length; at += size) read.push(stream.subarray(at, at + size))
  expect(events).toEqual(expected)
  expect(read.garbageBytes).toBe(0)
})

it('finds its place again after bytes that belong to nothing', () => {
  const { read, events } = reader()
  read.push(Buffer.concat([Buffer.from('\x01\x02\x03$\xff rubbish', 'latin1'), stream]))
  expect(events.slice(-4)).toEqual(expected.slice(-4))
  expect(read.garbageBytes).toBeGreaterThan(0)
})

it.each([
  ['a header without end', 'bad-reply', `RTSP/1.0 200 OK\r\nX: ${'a'.repeat(readerLimits.headerBytes)}`],
  ['too many headers', 'bad-reply', `RTSP/1.0 200 OK\r\n${'A: b\r\n'.repeat(readerLimits.headers + 5)}\r\n`],
  ['a negative length', 'bad-reply', 'RTSP/1.0 200 OK\r\nContent-Length: -5\r\n\r\n'],
  ['a length that is no number', 'bad-reply', 'RTSP/1.0 200 OK\r\nContent-Length: 1e9\r\n\r\n'],
  ['a body too long', 'bad-reply', 'RTSP/1.0 200 OK\r\nContent-Length: 100000\r\n\r\n'],
  ['garbage without end', 'garbage', 'x'.repeat(readerLimits.garbageBytes + 1)],
])('gives up on %s', (_what, code, text) => {
  const { read } = reader()
  expect(() => read.push(Buffer.from(text))).toThrow(expect.objectContaining({ code }))
})

it('never throws anything but a fault, whatever comes', () => {
  const random = new Lcg(7)
  for (let round = 0; round < 3000; round++) {
    const { read } = reader()
    const bytes = Buffer.from(stream)
    for (let changes = random.below(8); changes >= 0; changes--)
      bytes[random.below(bytes.length)] = random.below(256)
    try {
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + random.below(60)
        read.push(bytes.subarray(at, at + size))
        at += size
      }
    } catch (error) {
      expect(error).toMatchObject({ name: 'GatewayError' })
    }
  }
})
