import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { readDemoDescription } from '../../src/demo/description.ts'
import { DemoPlace } from '../../src/demo/place.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { prepareClips } from '../demo-footage/clips.ts'
import type { VirtualCameraDescription } from './camera.ts'
import { soundEncodings } from './sound.ts'

/** A camera as a command names it. */
export interface KeyedCamera {
  readonly key: string
  readonly description: VirtualCameraDescription
}

const closed = { additionalProperties: false }
const Path = Type.String({ minLength: 1, maxLength: 4096 })
const Port = Type.Integer({ minimum: 0, maximum: 65_535 })
const DescriptionFile = Type.Object(
  {
    cameras: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 100 }),
          main: Path,
          sub: Type.Optional(Path),
          audio: Type.Optional(Type.Union([Type.Boolean(), Type.Enum([...soundEncodings])])),
          username: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
          password: Type.Optional(Type.String({ maxLength: 256 })),
          authenticated: Type.Optional(Type.Boolean()),
          address: Type.Optional(Type.String({ pattern: '^127(\\.\\d{1,3}){3}$' })),
          rtspPort: Type.Optional(Port),
          onvifPort: Type.Optional(Port),
          ptz: Type.Optional(Type.Boolean()),
          discoverable: Type.Optional(Type.Boolean()),
          clockOffsetMs: Type.Optional(Type.Integer()),
          motionEveryMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 3_600_000 })),
          startOffsetS: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400 })),
          startUtcMs: Type.Optional(Type.Integer({ minimum: 0 })),
          beginsWith: Type.Optional(Type.Enum(['next-keyframe', 'last-keyframe'])),
          sessionTimeoutS: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  closed,
)

/** Cameras from a JSON file; paths in it start from its folder. A camera's key is its place, from 0. */
export async function fileCameras(path: string): Promise<KeyedCamera[]> {
  const parsed: unknown = JSON.parse(await readFile(path, 'utf8'))
  if (!Value.Check(DescriptionFile, parsed)) {
    const [first] = Value.Errors(DescriptionFile, parsed)
    throw new GatewayError({
      kind: 'invalid',
      code: 'cameras-description-invalid',
      message: `${path}: ${first?.instancePath ?? ''} ${first?.message ?? 'is not valid'}`,
    })
  }
  const from = (file: string): string => resolve(dirname(path), file)
  return parsed.cameras.map((camera, i) => ({
    key: String(i),
    description: {
      ...camera,
      main: from(camera.main),
      ...(camera.sub === undefined ? {} : { sub: from(camera.sub) }),
    },
  }))
}

/** The cameras of `streams/demo.json`, where `dataDir` has its own. Makes the clips that are missing. */
export async function demoCameras(
  dataDir: string,
  footageDir: string | undefined,
  say: (line: string) => void,
): Promise<KeyedCamera[]> {
  const clips = await prepareClips(footageDir, say)
  const place = new DemoPlace(dataDir)
  return readDemoDescription().cameras.map(({ key, name, clip, ptz, startOffsetS }, index) => {
    const files = clips.get(clip)
    if (files === undefined)
      throw new GatewayError({ kind: 'invalid', code: 'clip-missing', message: `no clip is called ${clip}` })
    return {
      key,
      description: {
        name,
        ...files,
        ptz,
        startOffsetS,
        address: place.address(index),
        rtspPort: place.rtspPort,
        onvifPort: place.onvifPort,
        password: place.password(key),
      },
    }
  })
}
