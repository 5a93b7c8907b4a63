import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { Id } from '../../contract/common.ts'
import { ClipQuery, PlaybackQuery, SnapshotQuery, ThumbnailQuery } from '../../contract/playback.ts'
import { readTime, requireWindow } from '../../contract/time-input.ts'
import type { StreamName } from '../../domain/camera.ts'
import { piecesOf } from '../../domain/footage.ts'
import type { CameraId } from '../../domain/ids.ts'
import { playbackPlaylistText } from '../../domain/playback-playlist.ts'
import { asksForH264 } from '../../domain/transcode.ts'
import type { HttpApp } from '../../platform/http.ts'
import type { StreamSource } from '../../registry/stream-source.ts'
import { askerOf } from './asker.ts'
import { Capacity, type CapacityLimits } from './capacity.ts'
import { clipBytes } from './clip.ts'
import { planClip } from './clip-plan.ts'
import type { FootageStore } from './footage-store.ts'
import { footageNone } from './footage-store.ts'
import { mediaRoute } from './media-route.ts'
import type { RecordedH264 } from './recorded-h264.ts'
import type { Snapshots } from './snapshots.ts'

export interface PlaybackRoutesDeps {
  readonly footage: FootageStore
  readonly snapshots: Snapshots
  readonly h264: RecordedH264
  /** @throws GatewayError `camera-unknown` */
  readonly source: (cameraId: CameraId, stream: StreamName) => Promise<StreamSource>
  readonly clipLimits?: CapacityLimits
  /** A clip whose reader takes nothing for so long is broken off. */
  readonly clipIdleMs?: number
}

const config = { action: 'playback', audit: { act: 'playback.watch', when: 'viewed' } } as const
/** What leaves is written first. */
const leaving = { action: 'export', audit: { act: 'clip.export', when: 'before' } } as const
const params = Type.Object({ id: Id })
const longestMs = 24 * 3600_000
/** What a player fetches at once: short, so that a seek waits for little. */
const pieceMs = 4000
/** What is made into H.264 first waits for less. */
const h264PieceMs = 2000
/** Keyframes alone are few bytes a second. */
const keyframePieceMs = 20_000
/** Each holds a file open and a part of it in memory, and the disk is the recorder's first. */
const usualClipLimits = { most: 8, mostWaiting: 0, mostEach: 4 }
const usualClipIdleMs = 30_000

export function playbackRoutes(app: HttpApp, deps: PlaybackRoutesDeps): void {
  const {
    footage,
    snapshots,
    source,
    h264,
    clipLimits = usualClipLimits,
    clipIdleMs = usualClipIdleMs,
  } = deps
  const clips = new Capacity('clip-capacity', clipLimits)

  app.get(
    '/api/v1/cameras/:id/playback',
    {
      config,
      schema: { summary: 'Playlist of what was recorded (RFC 8216)', params, querystring: PlaybackQuery },
    },
    async (request, reply) => {
      const { from, to, keyframes: keyframesOnly = false, codecs } = request.query
      const asH264 = asksForH264(codecs)
      const cameraId = request.params.id as CameraId
      const fromUtcMs = readTime(from, 'from')
      const toUtcMs = to === undefined ? Math.max(Date.now(), fromUtcMs + 1) : readTime(to, 'to')
      requireWindow({ fromUtcMs, toUtcMs }, longestMs, 'playback-too-long')
      const segments = await footage.between(cameraId, fromUtcMs, toUtcMs)
      const growing = to === undefined && segments.some((segment) => segment.open)
      const pieces = piecesOf(segments, {
        fromUtcMs,
        toUtcMs,
        pieceMs: keyframesOnly ? keyframePieceMs : asH264 ? h264PieceMs : pieceMs,
        growing,
      })
      // It has begun, but not so that a later playlist could begin with it.
      if (pieces.length === 0) throw footageNone(null)
      const text = playbackPlaylistText({
        pieces,
        startUtcMs: fromUtcMs,
        growing,
        keyframesOnly,
        asH264,
        uriOf: ({ segment }) => `playback/${segment.path.slice(cameraId.length + 1)}`,
      })
      return reply.type('application/vnd.apple.mpegurl').send(text)
    },
  )

  mediaRoute(app, { footage, h264 })

  app.get(
    '/api/v1/cameras/:id/snapshot',
    { config, schema: { summary: 'One frame as JPEG', params, querystring: SnapshotQuery } },
    async (request, reply) => {
      const { at } = request.query
      const cameraId = request.params.id as CameraId
      if (at === undefined) await source(cameraId, 'main')
      const { jpeg, utcMs } = await (at === undefined
        ? snapshots.now(cameraId, askerOf(request, reply))
        : snapshots.at(cameraId, readTime(at, 'at'), askerOf(request, reply)))
      return reply.type('image/jpeg').header('x-frame-time', new Date(utcMs).toISOString()).send(jpeg)
    },
  )

  app.get(
    '/api/v1/cameras/:id/thumbnail',
    { config, schema: { summary: 'Small JPEG of a keyframe', params, querystring: ThumbnailQuery } },
    async (request, reply) => {
      const atUtcMs = readTime(request.query.at, 'at')
      const asker = askerOf(request, reply)
      const { jpeg, utcMs } = await snapshots.thumbnail(request.params.id as CameraId, atUtcMs, asker)
      return reply
        .type('image/jpeg')
        .header('x-frame-time', new Date(utcMs).toISOString())
        .header('cache-control', 'private, max-age=600')
        .send(jpeg)
    },
  )

  app.get(
    '/api/v1/cameras/:id/clip',
    {
      config: leaving,
      schema: { summary: 'MP4 file of what was recorded, untouched', params, querystring: ClipQuery },
    },
    async (request, reply) => {
      const cameraId = request.params.id as CameraId
      const fromUtcMs = readTime(request.query.from, 'from')
      const toUtcMs = readTime(request.query.to, 'to')
      requireWindow({ fromUtcMs, toUtcMs }, longestMs, 'playback-too-long')
      const segments = await footage.between(cameraId, fromUtcMs, toUtcMs)
      const plan = await planClip(footage, segments, fromUtcMs, toUtcMs)
      const [first, last] = [plan.firstUtcMs, plan.lastUtcMs].map((utcMs) => new Date(utcMs).toISOString())
      const leave = request.method === 'HEAD' ? null : await clips.enter(askerOf(request, reply))
      void reply
        .type('video/mp4')
        .header('x-first-frame', first)
        .header('x-last-frame', last)
        .header('content-disposition', `attachment; filename="${fileName(cameraId, first, last)}"`)
      // Whoever asks only for the times gets them without waiting for a place.
      if (leave === null) return await reply.send()
      return await sendWatched(reply, clipBytes(footage, plan), clipIdleMs, leave)
    },
  )
}

/** `done` is called once, however it ends: also when the reader takes nothing more and stays. */
function sendWatched(
  reply: FastifyReply,
  bytes: AsyncGenerator<Buffer>,
  idleMs: number,
  done: () => void,
): FastifyReply {
  const stream = Readable.from(taken(), { objectMode: false })
  const idle = setTimeout(() => stream.destroy(new Error('the reader takes nothing')), idleMs)
  async function* taken(): AsyncGenerator<Buffer> {
    for await (const piece of bytes) {
      idle.refresh()
      yield piece
    }
  }
  stream.once('close', () => {
    clearTimeout(idle)
    done()
  })
  // Also of a client that is gone before the first byte.
  reply.raw.once('close', () => stream.destroy())
  return reply.send(stream)
}

/** As every file system and header takes it. */
function fileName(cameraId: CameraId, ...times: readonly (string | undefined)[]): string {
  return `${[cameraId, ...times.map((iso) => iso?.replaceAll(/[-:]/g, '') ?? '')].join('_')}.mp4`
}
