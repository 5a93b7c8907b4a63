import { packetize } from '../../../src/media/republish/rtp-packets.ts'
import { receiverReport, senderReport } from '../../../src/media/rtsp/rtcp.ts'

const base64 = (...texts: string[]) => texts.map((text) => Buffer.from(text, 'base64'))

/** As x264 and x265 made them: high, baseline, interlaced, 4:2:2; main, 10 bit, cropped. */
export const parameterSets = {
  h264: base64(
    'Z2QADazTBQfsBEAAAAMAQAAADIPFCk4=',
    'Z0LADdoFB+wEQAAAAwBAAAAMg8UKqA==',
    'Z2QAFazZQUEPy4CIAAADAAgAAAMBkPihTLA=',
    'Z3oADbzZQUH7ARAAAAMAEAAAAwMg8UKZYA==',
    'aO+Pyw==',
    'aM4PyA==',
  ),
  h265: base64(
    'QAEMAf//AWAAAAMAkAAAAwAAAwA8lZgJ',
    'QgEBAWAAAAMAkAAAAwAAAwA8oAoIDxZZWZKTC8BaAgAAAwACAAADADIQ',
    'QgEBAiAAAAMAkAAAAwAAAwA8oAoIDxNllZEpMLwFoCAAAAMAIAAAAwMh',
    'QgEBAWAAAAMAkAAAAwAAAwA/oAUiAXHESZZWRKTC8BaAgAAAAwCAAAAMhA==',
    'RAHAc8GJ',
  ),
}

export const descriptions = [
  [
    ...['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=Media Presentation', 't=0 0', 'a=control:*', 'a=range:npt=0-'],
    ...['m=video 0 RTP/AVP 96', 'b=AS:5000', 'a=control:trackID=1', 'a=rtpmap:96 H264/90000'],
    'a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z0LADdoFB+wEQAAAAwBAAAAMg8UKqA==,aM4PyA==',
    ...['m=audio 0 RTP/AVP 8', 'a=control:trackID=2', 'a=rtpmap:8 PCMA/8000', 'a=appversion:1.0'],
  ],
  [
    ...['v=0', 's=x', 'm=video 0 RTP/AVP 98', 'a=rtpmap:98 H265/90000', 'a=control:rtsp://192.0.2.1/a/video'],
    'a=fmtp:98 sprop-vps=QAEMAf//AWAAAAMAkAAAAwAAAwA8lZgJ;sprop-sps=QgEBAWAAAAMAkAAAAwAAAwA8oAoIDxZZWZKTC8BaAgAAAwACAAADADIQ;sprop-pps=RAHAc8GJ',
  ],
].map((lines) => Buffer.from(`${lines.join('\r\n')}\r\n`))

const digest =
  'WWW-Authenticate: Digest realm="IP Camera(12345)", nonce="4d6a", algorithm=MD5, qop="auth", opaque="q\\"x", stale="FALSE"'

export const messages = [
  `RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n${digest}\r\nWWW-Authenticate: Basic realm="IP Camera"\r\n\r\n`,
  `RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Base: rtsp://192.0.2.1/a/\r\nContent-Type: application/sdp\r\nContent-Length: 20\r\n\r\nv=0\r\nm=video 0 RTP/A`,
  'RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1234;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=5A\r\n\r\n',
  'RTSP/1.0 302 Moved\nCSeq: 4\nLocation: rtsp://192.0.2.1:8554/b\n\n',
  'OPTIONS rtsp://192.0.2.1/a RTSP/1.0\r\nCSeq: 5\r\n\r\n$\x00\x00\x10\x80\xe0\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02ABCD',
  'SETUP rtsp://192.0.2.1:8554/gate/main/video RTSP/1.0\r\nCSeq: 6\r\nTransport: RTP/AVP/TCP;interleaved=2-3\r\n' +
    'Authorization: Digest username="r12", realm="Xueliang Gateway", nonce="4d6a", uri="rtsp://192.0.2.1/", response="00", qop=auth, nc=00000001, cnonce="a"\r\n\r\n',
].map((text) => Buffer.from(text, 'latin1'))

function pictureOf(codec: 'h264' | 'h265', kind: number, size: number): Buffer {
  const nal = Buffer.alloc(size, 0x5a)
  nal.set(codec === 'h264' ? [0x60 | kind, 0x88] : [kind << 1, 1, 0x88])
  return nal
}

/** RTP packets of a keyframe and a picture behind it: aggregated, whole and fragmented. */
export function rtpPackets(codec: 'h264' | 'h265'): Buffer[] {
  const sets = parameterSets[codec]
  const pictures = [
    [...sets, pictureOf(codec, codec === 'h264' ? 5 : 19, 4000)],
    [pictureOf(codec, 1, 900), pictureOf(codec, 1, 1600)],
  ]
  const packets: Buffer[] = []
  for (const [i, nals] of pictures.entries()) {
    const timestamp = 3600 * (i + 1)
    const { bytes } = packetize(nals, { codec, channel: 0, ssrc: 7, sequence: packets.length, timestamp })
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readUInt16BE(at + 2)
      packets.push(Buffer.from(bytes.subarray(at + 4, end)))
      at = end
    }
  }
  const first = packets[0] ?? Buffer.alloc(12)
  const together = sets.flatMap((nal) => [Buffer.from([nal.length >> 8, nal.length & 255]), nal])
  const head = Buffer.from(codec === 'h264' ? [0x78] : [0x60, 1])
  packets.push(Buffer.concat([first.subarray(0, 12), head, ...together]))
  // With a CSRC list, a header extension and padding.
  const plain = first.subarray(12)
  const decorated = Buffer.concat([
    first.subarray(0, 12),
    Buffer.from([0, 0, 0, 9, 0xbe, 0xde, 0, 1, 1, 2, 3, 4]),
    plain,
    Buffer.from([0, 0, 3]),
  ])
  decorated[0] = 0xb1
  packets.push(decorated)
  return packets
}

export const reports = [
  senderReport({ ssrc: 7, sentUtcMs: 1.9e12, rtpTimestamp: 9000, packets: 10, payloadBytes: 1000 }),
  receiverReport(
    8,
    { ssrc: 7, lostShare: 0.1, lostPackets: 3, highestSequence: 70_000, lastReport: null },
    1.9e12,
  ),
]
