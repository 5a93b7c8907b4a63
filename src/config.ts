import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { type Static, type TProperties, Type } from 'typebox'
import { Value } from 'typebox/value'
import { type InferenceProvider, inferenceProviders } from './analytics/detectors/provider-names.ts'
import { GatewayError } from './domain/errors.ts'
import { logLevels } from './platform/log.ts'

/** Private ranges of RFC 1918, RFC 6598 and RFC 4193: where cameras live. */
const privateNetworks = '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7'
const gb = 1e9
const folder = { minLength: 1, maxLength: 4096 }

/**
 * Every setting as it stands in the environment. `default` is what an unset (or empty) one means,
 * `description` explains it in `.env.example`, `form` completes "NAME must be …".
 */
export const settings = {
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: '8080',
    description: 'Port of the web page and the API; 0 takes a free one.',
    form: 'a port number from 0 to 65535',
  }),
  HOST: Type.String({
    pattern: '^[A-Za-z0-9.:_-]{1,255}$',
    default: '127.0.0.1',
    description: 'Address to listen on; 0.0.0.0 lets other machines in.',
    form: 'a host name or an address',
  }),
  RTSP_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65535,
      description: 'Port on which cameras are served to others by RTSP; 0 takes a free one; unset: none are.',
      form: 'a port number from 0 to 65535',
    }),
  ),
  DATA_DIR: Type.String({
    ...folder,
    default: './data',
    description: 'Everything that the gateway keeps.',
    form: 'a path',
  }),
  DATABASE_URL: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://.',
      description: 'A PostgreSQL server; unset: a private one in DATA_DIR/db.',
      form: 'a postgresql:// address',
    }),
  ),
  REDIS_URL: Type.Optional(
    Type.String({
      pattern: '^rediss?://.',
      description: 'A Redis server; unset: a private one in DATA_DIR/redis.',
      form: 'a redis:// or rediss:// address',
    }),
  ),
  MODELS_DIR: Type.Optional(
    Type.String({ ...folder, description: 'A folder that holds the model weights.', form: 'a path' }),
  ),
  FOOTAGE_DIR: Type.Optional(
    Type.String({
      ...folder,
      description: 'Clips for the demo cameras; unset: ../shared/footage if it exists, else a drawn scene.',
      form: 'a path',
    }),
  ),
  DEMO: Type.Optional(
    Type.Enum(['0', '1'], {
      description: '1: demo cameras, 0: none; unset: only while no camera is registered.',
      form: '0 or 1',
    }),
  ),
  ADMIN_PASSWORD: Type.Optional(
    Type.String({
      minLength: 10,
      maxLength: 256,
      description: 'Password of admin on an unattended first start; unset: a one-time one is printed.',
      form: '10 to 256 characters long',
    }),
  ),
  SECRET_KEY: Type.Optional(
    Type.String({
      pattern: '^([0-9A-Fa-f]{64}|[A-Za-z0-9+/]{43}=)$',
      description: "Key that seals the cameras' passwords; unset: one is made in DATA_DIR/keys.",
      form: '32 bytes as 64 hexadecimal digits or as base64',
    }),
  ),
  CAMERA_NETWORKS: Type.String({
    maxLength: 4096,
    default: privateNetworks,
    description: 'Networks (CIDR, comma between) that the gateway may connect to as cameras.',
    form: 'a list of networks such as 10.0.0.0/8,fc00::/7',
  }),
  ALERT_NETWORKS: Type.String({
    maxLength: 4096,
    default: privateNetworks,
    description: 'Networks (CIDR, comma between) in which alerts may be delivered to webhooks and brokers.',
    form: 'a list of networks such as 10.0.0.0/8,fc00::/7',
  }),
  TRUSTED_PROXIES: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4096,
      description:
        'Networks (CIDR, comma between) of proxies whose X-Forwarded-For is believed; unset: none.',
      form: 'a list of networks such as 127.0.0.1/32,10.0.0.0/8',
    }),
  ),
  LIVE_STREAMS: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: '400',
    description: 'Streams pulled from cameras for people who watch live, at most.',
    form: 'a number from 1 to 100000',
  }),
  LIVE_VIEWERS: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: '800',
    description: 'Live pictures (tiles) delivered at once, at most.',
    form: 'a number from 1 to 100000',
  }),
  RECORDINGS_BUDGET_GB: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000_000,
      description: 'Recordings take at most so many GB; unset: what the disk has (with demo cameras: 5).',
      form: 'a number of GB from 1 to 10000000',
    }),
  ),
  RECORDINGS_RESERVE_GB: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100_000,
      description: 'GB that recordings leave free on their disk; unset: a twentieth of it, at most 10.',
      form: 'a number of GB from 1 to 100000',
    }),
  ),
  TRANSCODE_BUDGET: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1024,
      description:
        'Cores that may make H.265 playable for browsers that do not take it; 0: none; unset: half of them.',
      form: 'a number of cores from 0 to 1024',
    }),
  ),
  ANALYSIS_WORKERS: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 256,
      description: 'Analysis workers on this machine; unset: one less than its cores, from 1 to 4.',
      form: 'a number from 0 to 256',
    }),
  ),
  TRACK_RETENTION_DAYS: Type.Integer({
    minimum: 1,
    maximum: 3650,
    default: '30',
    description: 'Days for which tracks of objects, and the pictures of them, are kept.',
    form: 'a number of days from 1 to 3650',
  }),
  STATISTICS_5MIN_DAYS: Type.Integer({
    minimum: 8,
    maximum: 366,
    default: '31',
    description: 'Days for which counts and heat maps are kept by 5 minutes.',
    form: 'a number of days from 8 to 366',
  }),
  STATISTICS_HOUR_DAYS: Type.Integer({
    minimum: 31,
    maximum: 3660,
    default: '92',
    description: 'Days for which counts and heat maps are kept by hour.',
    form: 'a number of days from 31 to 3660',
  }),
  STATISTICS_DAY_DAYS: Type.Integer({
    minimum: 31,
    maximum: 36600,
    default: '1830',
    description: 'Days for which counts and heat maps are kept by day.',
    form: 'a number of days from 31 to 36600',
  }),
  DETECTOR: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    default: 'auto',
    description: 'Model that finds people and vehicles, by its name in models/manifest.json, or auto.',
    form: 'auto or the name of a model',
  }),
  INFERENCE_PROVIDER: Type.Enum([...inferenceProviders], {
    default: 'cpu',
    description: `What runs the models: ${inferenceProviders.join(', ')}; the build must have it.`,
    form: `one of ${inferenceProviders.join(', ')}`,
  }),
  INSTALLATION: Type.Optional(
    Type.String({
      pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
      description:
        'For npm run worker: serve only the gateway whose DATA_DIR/installation says this; unset: all on the Redis.',
      form: 'the content of the file installation in a DATA_DIR',
    }),
  ),
  LOG_LEVEL: Type.Enum([...logLevels], {
    default: 'info',
    description: `How much to log: ${logLevels.join(', ')}.`,
    form: `one of ${logLevels.join(', ')}`,
  }),
} satisfies TProperties

const Settings = Type.Object(settings)
type Settings = Static<typeof Settings>

export interface Config {
  readonly port: number
  readonly host: string
  /** Undefined: no camera is served by RTSP. */
  readonly rtspPort?: number
  /** Absolute. */
  readonly dataDir: string
  readonly databaseUrl?: string
  readonly redisUrl?: string
  /** Absolute. */
  readonly modelsDir?: string
  /** Absolute. */
  readonly footageDir?: string
  readonly demo: 'auto' | 'on' | 'off'
  readonly adminPassword?: string
  readonly logLevel: Settings['LOG_LEVEL']
  /** 32 bytes. */
  readonly secretKey?: Buffer
  /** CIDR blocks. */
  readonly cameraNetworks: readonly string[]
  /** CIDR blocks. */
  readonly alertNetworks: readonly string[]
  /** CIDR blocks. */
  readonly trustedProxies: readonly string[]
  readonly recordingsBudgetBytes?: number
  readonly recordingsReserveBytes?: number
  readonly trackRetentionDays: number
  /** By level of counts and heat maps. */
  readonly statisticsDays: { readonly fiveMinutes: number; readonly hours: number; readonly days: number }
  readonly liveStreams: number
  readonly liveViewers: number
  /** Cores. */
  readonly transcodeBudget: number
  readonly analysisWorkers: number
  readonly detector: string
  readonly inferenceProvider: InferenceProvider
  readonly installation?: string
}

/**
 * The settings from the environment, and from `.env` in `directory` where the environment is silent.
 * Throws GatewayError `setting-malformed` with one line that names the setting, never its value.
 */
export function loadConfig(env: NodeJS.ProcessEnv, directory: string = process.cwd()): Config {
  const raw = settled(env, join(directory, '.env'))
  const path = (value: string) => resolve(directory, value)
  const sharedFootage = path('../shared/footage')
  const footageDir = raw.FOOTAGE_DIR ?? (existsSync(sharedFootage) ? sharedFootage : undefined)
  return Object.freeze<Config>({
    port: raw.PORT,
    host: raw.HOST,
    ...(raw.RTSP_PORT === undefined ? {} : { rtspPort: raw.RTSP_PORT }),
    dataDir: path(raw.DATA_DIR),
    ...(raw.DATABASE_URL === undefined ? {} : { databaseUrl: raw.DATABASE_URL }),
    ...(raw.REDIS_URL === undefined ? {} : { redisUrl: raw.REDIS_URL }),
    ...(raw.MODELS_DIR === undefined ? {} : { modelsDir: path(raw.MODELS_DIR) }),
    ...(footageDir === undefined ? {} : { footageDir: path(footageDir) }),
    demo: raw.DEMO === undefined ? 'auto' : raw.DEMO === '1' ? 'on' : 'off',
    ...(raw.ADMIN_PASSWORD === undefined ? {} : { adminPassword: raw.ADMIN_PASSWORD }),
    logLevel: raw.LOG_LEVEL,
    ...(raw.SECRET_KEY === undefined ? {} : { secretKey: keyBytes(raw.SECRET_KEY) }),
    cameraNetworks: Object.freeze(networks('CAMERA_NETWORKS', raw.CAMERA_NETWORKS)),
    alertNetworks: Object.freeze(networks('ALERT_NETWORKS', raw.ALERT_NETWORKS)),
    trustedProxies: Object.freeze(networks('TRUSTED_PROXIES', raw.TRUSTED_PROXIES ?? '')),
    liveStreams: raw.LIVE_STREAMS,
    liveViewers: raw.LIVE_VIEWERS,
    ...(raw.RECORDINGS_BUDGET_GB === undefined
      ? {}
      : { recordingsBudgetBytes: raw.RECORDINGS_BUDGET_GB * gb }),
    ...(raw.RECORDINGS_RESERVE_GB === undefined
      ? {}
      : { recordingsReserveBytes: raw.RECORDINGS_RESERVE_GB * gb }),
    transcodeBudget: raw.TRANSCODE_BUDGET ?? Math.max(1, Math.floor(availableParallelism() / 2)),
    analysisWorkers: raw.ANALYSIS_WORKERS ?? Math.min(4, Math.max(1, availableParallelism() - 1)),
    trackRetentionDays: raw.TRACK_RETENTION_DAYS,
    statisticsDays: {
      fiveMinutes: raw.STATISTICS_5MIN_DAYS,
      // A coarser level is made from the finer one, and stands in for it.
      hours: Math.max(raw.STATISTICS_5MIN_DAYS, raw.STATISTICS_HOUR_DAYS),
      days: Math.max(raw.STATISTICS_5MIN_DAYS, raw.STATISTICS_HOUR_DAYS, raw.STATISTICS_DAY_DAYS),
    },
    detector: raw.DETECTOR,
    inferenceProvider: raw.INFERENCE_PROVIDER,
    ...(raw.INSTALLATION === undefined ? {} : { installation: raw.INSTALLATION }),
  })
}

function settled(env: NodeJS.ProcessEnv, file: string): Settings {
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
  const values: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(settings)) {
    const given = env[name] || fromFile[name] || (schema as { default?: string }).default
    if (given === undefined) continue
    const value = Type.IsInteger(schema) && /^\d{1,9}$/.test(given) ? Number(given) : given
    if (!Value.Check(schema, value)) throw malformed(name)
    values[name] = value
  }
  return values as Settings
}

function networks(setting: string, list: string): string[] {
  const blocks = list
    .split(',')
    .map((block) => block.trim())
    .filter((block) => block !== '')
  for (const block of blocks) {
    const [address = '', bits = '', ...rest] = block.split('/')
    const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
    if (rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > longest) throw malformed(setting)
  }
  return blocks
}

function keyBytes(text: string): Buffer {
  return Buffer.from(text, text.length === 64 ? 'hex' : 'base64')
}

function malformed(name: string): GatewayError {
  const form = (settings as Record<string, { form?: string }>)[name]?.form ?? 'well-formed'
  return new GatewayError({
    kind: 'invalid',
    code: 'setting-malformed',
    message: `${name} must be ${form}`,
    details: { setting: name },
  })
}
