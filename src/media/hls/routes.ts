import { type Static, Type } from 'typebox'
import { LiveAnswer, LiveQuery } from '../../contract/cameras.ts'
import { Id } from '../../contract/common.ts'
import { type StreamName, streamNames } from '../../domain/camera.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { CameraId } from '../../domain/ids.ts'
import { multivariantText } from '../../domain/playlist.ts'
import { asksForH264 } from '../../domain/transcode.ts'
import type { HttpApp } from '../../platform/http.ts'
import type { StreamSource } from '../../registry/stream-source.ts'
import type { LiveHls, Reload } from './live-hls.ts'

export interface LiveRoutesDeps {
  readonly live: LiveHls
  /** The same streams, as H.264 whatever the camera sends. */
  readonly liveH264: LiveHls
  /** @throws GatewayError `camera-unknown` */
  readonly source: (cameraId: CameraId, stream: StreamName) => Promise<StreamSource>
}

const StreamParams = Type.Object({ cameraId: Id, stream: Type.Enum(['main', 'sub']) })
const PartParams = Type.Object({
  ...StreamParams.properties,
  number: Type.String({ pattern: '^\\d{1,15}$' }),
})

const SliceParams = Type.Object({
  ...StreamParams.properties,
  number: Type.String({ pattern: '^\\d{1,15}$' }),
  part: Type.String({ pattern: '^\\d{1,4}$' }),
})
const whole = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
/** Delivery directives of draft-pantos-hls-rfc8216bis 6.2.5; others are for somebody else. */
const ReloadQuery = Type.Object(
  {
    _HLS_msn: Type.Optional(Type.Integer(whole)),
    _HLS_part: Type.Optional(Type.Integer(whole)),
    _HLS_skip: Type.Optional(Type.Enum(['YES', 'v2'])),
  },
  { additionalProperties: true },
)

const watching = { action: 'live', audit: { act: 'live.watch', when: 'viewed' } } as const

/** Numbers are never used for other bytes, but what they show is for nobody else to keep. */
const partCache = 'private, max-age=60, immutable'

/** Segments are named relative to their playlist: each form has a folder of its own. */
const folders = { asSent: '/live', h264: '/live/h264' } as const

export function liveRoutes(app: HttpApp, deps: LiveRoutesDeps): void {
  addressRoute(app, deps)
  playlistRoutes(app, folders.asSent, deps.live, deps.source)
  playlistRoutes(app, folders.h264, deps.liveH264, deps.source)
}

function addressRoute(app: HttpApp, { live, liveH264, source }: LiveRoutesDeps): void {
  app.get(
    '/api/v1/cameras/:id/live',
    {
      config: { action: 'live' },
      schema: {
        summary: 'Where to watch a camera live; starts the stream',
        params: Type.Object({ id: Id }),
        querystring: LiveQuery,
        response: { 200: LiveAnswer },
      },
    },
    async ({ params, query }) => {
      const cameraId = params.id as CameraId
      // A camera without a substream has only one: say which it is, so that two tiles share it.
      const { stream } = await source(cameraId, query.stream ?? 'sub')
      const [folder, hls] = asksForH264(query.codecs) ? [folders.h264, liveH264] : [folders.asSent, live]
      const codecs = await hls.codecs(cameraId, stream)
      const { transcoded = false, reduced = null } = hls.delivery(cameraId, stream) ?? {}
      const address = `${folder}/${cameraId}/${stream}/index.m3u8`
      const sound = hls.hasSound(cameraId, stream)
      return { hls: address, stream, codecs, transcoded, sound, ...(reduced === null ? {} : { reduced }) }
    },
  )
}

function playlistRoutes(
  app: HttpApp,
  folder: (typeof folders)[keyof typeof folders],
  live: LiveHls,
  source: LiveRoutesDeps['source'],
): void {
  app.get(
    `${folder}/:cameraId/index.m3u8`,
    {
      config: watching,
      schema: {
        summary: "A camera's live streams as a multivariant playlist (RFC 8216)",
        params: Type.Object({ cameraId: Id }),
      },
    },
    async ({ params }, reply) => {
      const cameraId = params.cameraId as CameraId
      const found = await Promise.all(streamNames.map((stream) => source(cameraId, stream)))
      // One that has no substream gives its main stream for both.
      const streams = [...new Set(found.map(({ stream }) => stream))]
      const variants = await Promise.all(streams.map((stream) => live.variant(cameraId, stream)))
      const known = variants.filter((variant) => variant !== null)
      const [first] = streams
      // The camera says nothing: its playlist has the reason.
      if (known.length === 0 && first !== undefined) await live.playlist(cameraId, first)
      return reply
        .type('application/vnd.apple.mpegurl')
        .header('cache-control', 'no-store')
        .send(multivariantText(known))
    },
  )

  app.get(
    `${folder}/:cameraId/:stream/index.m3u8`,
    {
      config: watching,
      schema: {
        summary: 'Live media playlist (RFC 8216, with low latency)',
        params: StreamParams,
        querystring: ReloadQuery,
      },
    },
    async ({ params, query }, reply) => {
      const { cameraId, stream } = streamOf(params)
      if (!live.watches(cameraId, stream)) await source(cameraId, stream)
      const text = await live.playlist(cameraId, stream, reloadOf(query))
      return reply.type('application/vnd.apple.mpegurl').header('cache-control', 'no-store').send(text)
    },
  )

  app.get(
    `${folder}/:cameraId/:stream/:number.:part.m4s`,
    {
      config: watching,
      schema: { summary: 'Part of a segment of a live stream', params: SliceParams },
    },
    async ({ params }, reply) => {
      const { cameraId, stream } = streamOf(params)
      const bytes = await live.part(cameraId, stream, Number(params.number), Number(params.part))
      return reply.type('video/iso.segment').header('cache-control', partCache).send(bytes)
    },
  )

  app.get(
    `${folder}/:cameraId/:stream/:number.mp4`,
    {
      config: watching,
      schema: { summary: 'Initialisation section of a live stream', params: PartParams },
    },
    async ({ params }, reply) => {
      const { cameraId, stream } = streamOf(params)
      const bytes = live.init(cameraId, stream, Number(params.number))
      return reply.type('video/mp4').header('cache-control', partCache).send(bytes)
    },
  )

  app.get(
    `${folder}/:cameraId/:stream/:number.m4s`,
    {
      config: watching,
      schema: { summary: 'Segment of a live stream', params: PartParams },
    },
    async ({ params }, reply) => {
      const { cameraId, stream } = streamOf(params)
      const bytes = live.segment(cameraId, stream, Number(params.number))
      return reply.type('video/iso.segment').header('cache-control', partCache).send(bytes)
    },
  )
}

function reloadOf(query: Static<typeof ReloadQuery>): Reload {
  const { _HLS_msn: sequence, _HLS_part: part = null, _HLS_skip: skip } = query
  if (sequence === undefined && part !== null)
    throw new GatewayError({
      kind: 'invalid',
      code: 'reload-malformed',
      message: '_HLS_part needs _HLS_msn',
    })
  return { awaited: sequence === undefined ? null : { sequence, part }, skip: skip !== undefined }
}

function streamOf(params: { cameraId: string; stream: string }): { cameraId: CameraId; stream: StreamName } {
  return { cameraId: params.cameraId as CameraId, stream: params.stream === 'main' ? 'main' : 'sub' }
}
