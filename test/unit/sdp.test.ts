import { expect, it } from 'vitest'
import { announcedParameterSets, controlUrl, parseSdp } from '../../src/media/rtsp/sdp.ts'

const camera = `v=0
o=- 1109162014219182 1 IN IP4 0.0.0.0
s=Media Presentation
e=NONE
b=AS:5050
t=0 0
a=control:rtsp://192.0.2.10:554/Streaming/Channels/101/
m=video 0 RTP/AVP 96
c=IN IP4 0.0.0.0
b=AS:5000
a=recvonly
a=x-dimensions:1920,1080
a=control:rtsp://192.0.2.10:554/Streaming/Channels/101/trackID=1
a=rtpmap:96 H264/90000
a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z00AKpY1QPAET8s3AQEBAg==,aO48gA==
m=audio 0 RTP/AVP 0
a=control:rtsp://192.0.2.10:554/Streaming/Channels/101/trackID=2
m=application 0 RTP/AVP 107
a=rtpmap:107 vnd.onvif.metadata/90000
`

it.each([
  ['lines ending in LF', camera],
  ['lines ending in CRLF', camera.replaceAll('\n', '\r\n')],
])('reads a description with %s', (_what, text) => {
  const { control, media } = parseSdp(Buffer.from(text))
  expect(control).toBe('rtsp://192.0.2.10:554/Streaming/Channels/101/')
  expect(media.map(({ kind, encoding, clockHz }) => [kind, encoding, clockHz])).toEqual([
    ['video', 'H264', 90_000],
    ['audio', 'PCMU', 8000],
    ['other', 'VND.ONVIF.METADATA', 90_000],
  ])
  const [video] = media
  if (video === undefined) throw new Error('no video')
  expect(video.format.get('packetization-mode')).toBe('1')
  // Base64 padding is part of the value.
  expect(announcedParameterSets(video).map((nal) => (nal[0] ?? 0) & 0x1f)).toEqual([7, 8])
})

it.each([
  ['no control', null, 'rtsp://c/stream'],
  ['the base itself', '*', 'rtsp://c/stream'],
  ['a relative control', 'trackID=1', 'rtsp://c/stream/trackID=1'],
  ['a slash too many', '/trackID=1', 'rtsp://c/stream/trackID=1'],
  ['an absolute control', 'rtsp://c/other', 'rtsp://c/other'],
])('makes the address of %s', (_what, control, url) => {
  expect(controlUrl('rtsp://c/stream', control)).toBe(url)
})

it.each([
  ['not SDP', Buffer.from('hello')],
  ['too long', Buffer.from(`v=0\n${'a=x\n'.repeat(40_000)}`)],
  ['too many lines', Buffer.from(`v=0\n${'a\n'.repeat(2000)}`)],
  ['too many media', Buffer.from(`v=0\n${'m=video 0 RTP/AVP 96\n'.repeat(40)}`)],
])('refuses what is %s', (_what, body) => {
  expect(() => parseSdp(body)).toThrow(expect.objectContaining({ code: 'bad-reply' }))
})

it('leaves out media lines that it cannot read', () => {
  const { media } = parseSdp(Buffer.from('v=0\nm=video\nm=video 0 RTP/AVP 300\nm=video 0 RTP/AVP 96\n'))
  expect(media).toHaveLength(1)
})
