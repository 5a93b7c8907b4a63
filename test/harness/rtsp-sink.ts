import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AccessUnit } from '../../src/media/codec/access-unit.ts'
import type { Fragment, InitSegment } from '../../src/media/fragment.ts'
import { Fragmenter } from '../../src/media/fragmenter.ts'
import { Depacketizer, type UnitListener } from '../../src/media/rtsp/depacketizer.ts'
import { payloadFormats } from '../../src/media/rtsp/payload-formats.ts'
import { announcedParameterSets, type MediaDescription, parseSdp } from '../../src/media/rtsp/sdp.ts'
import { run } from './streams.ts'

export interface Published {
  readonly video: MediaDescription
  /** Of the video track, as ffmpeg made them. */
  readonly packets: readonly Buffer[]
}

/** Everything that ffmpeg sends of a file when it publishes it by RTSP (RFC 2326 10.3, 10.11), without delay. */
export async function published(file: string): Promise<Published> {
  let sdp = Buffer.alloc(0)
  let videoChannel = -1
  let setups = 0
  const packets: Buffer[] = []
  const server = createServer((socket) => {
    let held = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      held = Buffer.concat([held, bytes])
      for (;;) {
        if (held[0] === 0x24) {
          const end = held.length < 4 ? -1 : 4 + held.readUInt16BE(2)
          if (end < 0 || held.length < end) return
          if (held[1] === videoChannel) packets.push(Buffer.from(held.subarray(4, end)))
          held = held.subarray(end)
          continue
        }
        const head = held.indexOf('\r\n\r\n')
        if (head < 0) return
        const text = held.toString('latin1', 0, head)
        const size = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
        if (held.length < head + 4 + size) return
        if (text.startsWith('ANNOUNCE')) sdp = Buffer.from(held.subarray(head + 4, head + 4 + size))
        const answer = ['RTSP/1.0 200 OK', /CSeq: \d+/.exec(text)?.[0] ?? '', 'Session: 1']
        if (text.startsWith('SETUP')) {
          const media = parseSdp(sdp).media[setups++]
          const channel = Number(/interleaved=(\d+)/.exec(text)?.[1])
          if (media?.kind === 'video') videoChannel = channel
          answer.push(`Transport: RTP/AVP/TCP;unicast;interleaved=${channel}-${channel + 1}`)
        }
        held = held.subarray(head + 4 + size)
        socket.write(`${answer.join('\r\n')}\r\n\r\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  const url = `rtsp://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}/clip`
  const copy = ['-v', 'error', '-i', file, '-map', '0', '-c', 'copy']
  await run('ffmpeg', [...copy, '-f', 'rtsp', '-rtsp_transport', 'tcp', url])
  server.close()
  const video = parseSdp(sdp).media.find(({ kind }) => kind === 'video')
  if (video === undefined) throw new Error('ffmpeg announced no video')
  return { video, packets }
}

export interface Muxed {
  readonly inits: readonly InitSegment[]
  readonly fragments: readonly Fragment[]
  readonly units: readonly AccessUnit[]
  readonly lostPackets: number
}

/** What the gateway makes of the packets when they arrive at the pace of their time stamps. */
export function muxed({ video, packets }: Published): Muxed {
  const inits: InitSegment[] = []
  const fragments: Fragment[] = []
  const units: AccessUnit[] = []
  const fragmenter = new Fragmenter({
    init: (segment) => inits.push(segment),
    fragment: (fragment) => fragments.push(fragment),
  })
  const codec = video.encoding === 'H264' ? 'h264' : 'h265'
  fragmenter.begin({ codec, clockHz: video.clockHz, sound: null, roundTripMs: 0 })
  for (const nal of announcedParameterSets(video)) fragmenter.parameterSet(nal)
  fragmenter.announce()
  const listener: UnitListener = {
    parameterSet: (nal) => fragmenter.parameterSet(nal),
    accessUnit: (unit) => {
      units.push({ ...unit, pieces: unit.pieces.map((piece) => Buffer.from(piece)) })
      fragmenter.accessUnit(unit)
    },
  }
  const depacketizer = new Depacketizer(payloadFormats[codec], video.payloadType, listener)
  const startUtcMs = Date.UTC(2030, 0)
  const first = packets[0]?.readUInt32BE(4) ?? 0
  let latest = 0
  for (const packet of packets) {
    // B-frames come after what is shown behind them: no packet arrives before another that was sent earlier.
    latest = Math.max(latest, (packet.readUInt32BE(4) - first) | 0)
    depacketizer.packet(packet, startUtcMs + latest / 90)
  }
  fragmenter.finish()
  return { inits, fragments, units, lostPackets: depacketizer.reception.lostPackets }
}

/** One file for each format that the stream had. */
export function files({ inits, fragments }: Muxed): Buffer[] {
  return inits.map((init) =>
    Buffer.concat([
      init.bytes,
      ...fragments.filter(({ initVersion }) => initVersion === init.version).map(({ bytes }) => bytes),
    ]),
  )
}
