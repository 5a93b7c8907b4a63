import { type Static, type TSchema, Type } from 'typebox'
import { cameraCategories, streamTransports } from '../domain/camera.ts'
import { nationalCodePattern } from '../domain/national-code.ts'
import { Codecs, Id, Location, Name, Page, PageQuery, Point, Time } from './common.ts'

const CameraState = Type.Enum(['online', 'connecting', 'degraded', 'offline'])
const FaultHop = Type.Enum(['camera', 'password', 'network', 'lower-level', 'media', 'capacity'])

export const Fault = Type.Object({ hop: FaultHop, code: Type.String(), text: Type.String() })
export type Fault = Static<typeof Fault>

/** How pictures come: `auto` tries TCP, then UDP, and RTSP over HTTP at a port of HTTP (80, 443). */
const StreamTransport = Type.Enum([...streamTransports])

/** rtsp:// or rtsps://, without credentials, else `url-with-credentials`: those have fields of their own. */
const StreamUrl = Type.String({
  minLength: 8,
  maxLength: 1024,
  pattern: '^[Rr][Tt][Ss][Pp][Ss]?://\\S+$',
})
/** http(s):// address of a device service, or host[:port]. */
const OnvifAddress = Type.String({ minLength: 1, maxLength: 512 })

export const StreamInfo = Type.Object({
  stream: Type.Enum(['main', 'sub']),
  profileToken: Type.Union([Type.String(), Type.Null()]),
  codec: Type.Union([Type.String(), Type.Null()]),
  widthPx: Type.Union([Type.Integer(), Type.Null()]),
  heightPx: Type.Union([Type.Integer(), Type.Null()]),
  framesPerS: Type.Union([Type.Number(), Type.Null()]),
})
export type StreamInfo = Static<typeof StreamInfo>

export const AnalysisSettings = Type.Object(
  {
    enabled: Type.Boolean(),
    /** Pictures that are looked at while something moves; fewer where nothing does, or under load. */
    framesPerS: Type.Number({ minimum: 0.2, maximum: 10 }),
    stream: Type.Enum(['sub', 'main']),
    /** Pictures in which nothing has changed are not looked at again. */
    motionGate: Type.Boolean(),
    /** Number plates are read. */
    plates: Type.Boolean(),
    /** Polygons of no interest: what moves or stands inside is left out. */
    masks: Type.Array(Type.Array(Point, { minItems: 3, maxItems: 32 }), { maxItems: 16 }),
  },
  { additionalProperties: false },
)
export type AnalysisSettings = Static<typeof AnalysisSettings>

/** GB/T 28181: 20 digits, of a camera. */
const NationalCode = Type.String({ pattern: nationalCodePattern })
const CameraCategory = Type.Enum([...cameraCategories])
/** Who answers for it on the spot. */
const Contact = Type.Object(
  { name: Type.String({ maxLength: 60 }), phone: Type.String({ maxLength: 40 }) },
  { additionalProperties: false },
)
const Note = Type.String({ maxLength: 500 })
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const Camera = Type.Object({
  id: Id,
  unitId: Id,
  name: Name,
  /** How it is reached; URLs never carry credentials. */
  source: Type.Enum(['onvif', 'rtsp']),
  address: Type.String(),
  username: Type.Union([Type.String(), Type.Null()]),
  hasPassword: Type.Boolean(),
  location: Type.Union([Location, Type.Null()]),
  /** Clockwise from north, degrees; where the lens looks. */
  headingDeg: Type.Union([Type.Number(), Type.Null()]),
  fieldOfViewDeg: Type.Union([Type.Number(), Type.Null()]),
  nationalCode: orNull(NationalCode),
  category: orNull(CameraCategory),
  /** Of the lens above the ground. */
  heightM: orNull(Type.Number()),
  contact: orNull(Contact),
  note: orNull(Note),
  streams: Type.Array(StreamInfo),
  hasPtz: Type.Boolean(),
  /** Device clock minus gateway clock. */
  clockOffsetMs: Type.Union([Type.Integer(), Type.Null()]),
  transport: StreamTransport,
  analysis: AnalysisSettings,
  state: CameraState,
  since: Time,
  fault: Type.Optional(Fault),
})
export type Camera = Static<typeof Camera>
export const CameraPage = Page(Camera)

export const CameraQuery = Type.Object(
  {
    ...PageQuery.properties,
    unitId: Type.Optional(Id),
    /** With it, cameras of units below `unitId` too. */
    subtree: Type.Optional(Type.Boolean()),
    /** Part of a name, of its pinyin or initials, of a national code or of an address. */
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    state: Type.Optional(CameraState),
  },
  { additionalProperties: false },
)
export type CameraQuery = Static<typeof CameraQuery>

/** What is not given stays as it is; of a new camera, as `defaultAnalysis` says. */
const AnalysisPatch = Type.Partial(AnalysisSettings, { additionalProperties: false })

/** Either `onvif` (device address) or `url` (main stream), exactly one. */
export const NewCamera = Type.Object(
  {
    name: Name,
    unitId: Id,
    url: Type.Optional(StreamUrl),
    /** null: no substream */
    subUrl: Type.Optional(Type.Union([StreamUrl, Type.Null()])),
    onvif: Type.Optional(OnvifAddress),
    /** Absent of a new camera: `auto`. */
    transport: Type.Optional(StreamTransport),
    username: Type.Optional(Type.String({ maxLength: 128 })),
    password: Type.Optional(Type.String({ maxLength: 256 })),
    location: Type.Optional(Type.Union([Location, Type.Null()])),
    headingDeg: Type.Optional(Type.Union([Type.Number({ minimum: 0, maximum: 360 }), Type.Null()])),
    fieldOfViewDeg: Type.Optional(Type.Union([Type.Number({ minimum: 1, maximum: 360 }), Type.Null()])),
    nationalCode: Type.Optional(orNull(NationalCode)),
    category: Type.Optional(orNull(CameraCategory)),
    heightM: Type.Optional(orNull(Type.Number({ minimum: -100, maximum: 1000 }))),
    contact: Type.Optional(orNull(Contact)),
    note: Type.Optional(orNull(Note)),
    analysis: Type.Optional(AnalysisPatch),
  },
  { additionalProperties: false },
)
export type NewCamera = Static<typeof NewCamera>

export const CameraPatch = Type.Partial(NewCamera, { additionalProperties: false })
export type CameraPatch = Static<typeof CameraPatch>

/** So many that an entry of the audit trail can name them all. */
export const mostAtOnce = 150

/** `PATCH /api/v1/cameras`: the same change to many; all of them or none. */
export const CameraBulkPatch = Type.Object(
  {
    ids: Type.Array(Id, { minItems: 1, maxItems: mostAtOnce, uniqueItems: true }),
    change: Type.Object(
      {
        unitId: Type.Optional(Id),
        category: Type.Optional(orNull(CameraCategory)),
        transport: Type.Optional(StreamTransport),
        contact: Type.Optional(orNull(Contact)),
        analysis: Type.Optional(Type.Omit(AnalysisPatch, ['masks'], { additionalProperties: false })),
      },
      { additionalProperties: false, minProperties: 1 },
    ),
  },
  { additionalProperties: false },
)
export type CameraBulkPatch = Static<typeof CameraBulkPatch>
export const CameraBulkAnswer = Type.Object({ changed: Type.Integer() })

/** `POST /api/v1/discovery`: WS-Discovery on this machine's networks. */
export const DiscoveryRequest = Type.Object(
  { timeoutMs: Type.Optional(Type.Integer({ minimum: 200, maximum: 10_000, default: 3000 })) },
  { additionalProperties: false },
)
export const DiscoveredDevice = Type.Object({
  address: Type.String(),
  name: Type.Union([Type.String(), Type.Null()]),
  hardware: Type.Union([Type.String(), Type.Null()]),
  /** A camera registered with this device's address, if there is one. */
  cameraId: Type.Union([Id, Type.Null()]),
})
export type DiscoveredDevice = Static<typeof DiscoveredDevice>
export const DiscoveryAnswer = Type.Object({ items: Type.Array(DiscoveredDevice) })

/** `POST /api/v1/probe`: one device's streams, PTZ and clock, nothing stored. */
export const ProbeRequest = Type.Object(
  {
    onvif: OnvifAddress,
    username: Type.Optional(Type.String({ maxLength: 128 })),
    password: Type.Optional(Type.String({ maxLength: 256 })),
  },
  { additionalProperties: false },
)
export type ProbeRequest = Static<typeof ProbeRequest>
export const ProbeAnswer = Type.Object({
  manufacturer: Type.Union([Type.String(), Type.Null()]),
  model: Type.Union([Type.String(), Type.Null()]),
  firmware: Type.Union([Type.String(), Type.Null()]),
  hasPtz: Type.Boolean(),
  clockOffsetMs: Type.Integer(),
  streams: Type.Array(Type.Intersect([StreamInfo, Type.Object({ url: Type.String() })])),
})
export type ProbeAnswer = Static<typeof ProbeAnswer>

/** `GET /api/v1/cameras/:id/live` */
export const LiveQuery = Type.Object(
  {
    stream: Type.Optional(Type.Enum(['main', 'sub'])),
    /** What the player can play, comma between; left out: it takes what there is. */
    codecs: Type.Optional(Codecs),
  },
  { additionalProperties: false },
)
export const LiveAnswer = Type.Object({
  hls: Type.String(),
  stream: Type.Enum(['main', 'sub']),
  /** RFC 6381, e.g. `avc1.64001f`; null until the camera has sent its parameter sets. */
  codecs: Type.Union([Type.String(), Type.Null()]),
  /** It is H.264 made of what the player cannot play. */
  transcoded: Type.Boolean(),
  /** The camera has sound; in HLS it comes with the pictures. */
  sound: Type.Boolean(),
  /** Why it shows the substream although the main stream was asked for. */
  reduced: Type.Optional(Fault),
})
export type LiveAnswer = Static<typeof LiveAnswer>

/** `GET /api/v1/cameras/:id/ptz` */
const PtzPreset = Type.Object({ token: Type.String(), name: Type.String() })
export const PtzPresetList = Type.Object({ items: Type.Array(PtzPreset) })
/** `POST /api/v1/cameras/:id/ptz`; speeds from -1 to 1. */
export const PtzCommand = Type.Union([
  Type.Object(
    {
      move: Type.Object(
        {
          pan: Type.Number({ minimum: -1, maximum: 1 }),
          tilt: Type.Number({ minimum: -1, maximum: 1 }),
          zoom: Type.Number({ minimum: -1, maximum: 1 }),
        },
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  ),
  Type.Object({ stop: Type.Literal(true) }, { additionalProperties: false }),
  Type.Object({ goto: Type.String({ minLength: 1, maxLength: 128 }) }, { additionalProperties: false }),
])
export type PtzCommand = Static<typeof PtzCommand>
