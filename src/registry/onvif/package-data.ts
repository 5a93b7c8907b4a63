import type { MediaProfile } from '../../domain/stream-choice.ts'

/**
 * The `onvif` package answers with what the device sent, untyped: fields may be missing, be objects
 * instead of text, and tokens made of digits arrive as numbers. Here they get their types.
 */
export function readProfiles(data: unknown): MediaProfile[] {
  if (!Array.isArray(data)) return []
  return data.flatMap((profile: unknown) => {
    const encoder = valueAt(profile, 'videoEncoderConfiguration')
    const token = textAt(profile, '$', 'token')
    const codec = textAt(encoder, 'encoding')
    if (token === null || codec === null) return []
    return [
      {
        token,
        sourceToken: textAt(profile, 'videoSourceConfiguration', 'sourceToken'),
        codec: codec.toUpperCase().replace(/[^A-Z0-9]/g, ''),
        widthPx: numberAt(encoder, 'resolution', 'width') ?? 0,
        heightPx: numberAt(encoder, 'resolution', 'height') ?? 0,
        framesPerS: numberAt(encoder, 'rateControl', 'frameRateLimit'),
        hasPtz: valueAt(profile, 'PTZConfiguration') !== undefined,
      },
    ]
  })
}

/** Non-empty text of at most 2048 characters; null where there is none, or more: half a URI leads astray. */
export function textAt(data: unknown, ...path: string[]): string | null {
  const found = valueAt(data, ...path)
  const value = typeof found === 'object' && found !== null ? valueAt(found, '_') : found
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value !== '' && value.length <= 2048 ? value : null
}

function numberAt(data: unknown, ...path: string[]): number | null {
  const value = Number(textAt(data, ...path) ?? Number.NaN)
  return Number.isFinite(value) && value >= 0 && value < 100_000 ? value : null
}

function valueAt(data: unknown, ...path: string[]): unknown {
  let value = data
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
