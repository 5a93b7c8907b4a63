import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GatewayError } from '../domain/errors.ts'

const closed = { additionalProperties: false }
const Side = Type.Integer({ minimum: 8, maximum: 4096 })
const Triple = Type.Array(Type.Number(), { minItems: 3, maxItems: 3 })

const ModelInput = Type.Object(
  {
    /** A fixed size, or whatever the picture needs: both sides a multiple, the longer one limited. */
    size: Type.Union([
      Type.Object({ width: Side, height: Side }, closed),
      Type.Object({ multipleOf: Side, longSide: Side }, closed),
    ]),
    layout: Type.Literal('NCHW'),
    /** Order of the planes; `mean` and `std` are in the same order: (value - mean) / std. */
    channels: Type.Union([Type.Literal('BGR'), Type.Literal('RGB')]),
    mean: Triple,
    std: Triple,
    fit: Type.Union([Type.Literal('stretch'), Type.Literal('letterbox-top-left')]),
    /** 0..255, what a letterbox is filled with. */
    padding: Type.Number({ minimum: 0, maximum: 255 }),
  },
  closed,
)
export type ModelInput = Static<typeof ModelInput>

export const modelRoles = ['objects', 'faces', 'plates', 'plate-reader'] as const
export type ModelRole = (typeof modelRoles)[number]

const ModelEntry = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9.-]+$' }),
    role: Type.Enum([...modelRoles]),
    family: Type.String({ pattern: '^[a-z0-9-]+$' }),
    /** Among the models of a role that are present, the lowest is taken. */
    rank: Type.Integer({ minimum: 1 }),
    file: Type.String({ pattern: '^[A-Za-z0-9._-]+\\.onnx$' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    bytes: Type.Integer({ minimum: 1, maximum: 500_000_000 }),
    licence: Type.String(),
    /** Pinned to a commit, or `mirror only`: then no public address holds this file. */
    url: Type.String({ pattern: '^(https://\\S+|mirror only)$' }),
    /** Names a file of `labels/`, one class a line in the order of the model's outputs. */
    classes: Type.String({ pattern: '^[a-z0-9-]+$' }),
    input: ModelInput,
    /** From `doubtful` a detection may keep a track going, from `sure` it may begin one. */
    scores: Type.Object({ doubtful: Type.Number(), sure: Type.Number() }, closed),
  },
  closed,
)
export type ModelEntry = Static<typeof ModelEntry>

const Manifest = Compile(Type.Object({ models: Type.Array(ModelEntry, { maxItems: 100 }) }, closed))

/** The repository's `models/`: descriptions, labels, and the weights that set-up put there. */
export const modelsFolder = join(import.meta.dirname, '../../models')

export function readManifest(folder = modelsFolder): readonly ModelEntry[] {
  const parsed: unknown = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  if (!Manifest.Check(parsed)) {
    const [first] = Manifest.Errors(parsed)
    throw new GatewayError({
      kind: 'internal',
      code: 'model-manifest-invalid',
      message: `models/manifest.json: ${first?.instancePath ?? ''} ${first?.message ?? 'is not valid'}`,
    })
  }
  return parsed.models
}

export function readLabels(name: string, folder = modelsFolder): readonly string[] {
  return readFileSync(join(folder, 'labels', `${name}.txt`), 'utf8')
    .trimEnd()
    .split('\n')
}
